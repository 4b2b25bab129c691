package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;

/** UNLOGGED tables leave nothing in the WAL, and PostgreSQL refuses to publish them. */
final class UnloggedCheck implements Check {

    @Override
    public About about() {
        return About.source("unlogged-tables", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        List<TableName> tables = subject.tables().values().stream()
                .filter(TableDefinition::unlogged)
                .map(TableDefinition::name)
                .toList();
        if (subject.streams() && !tables.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_UNSUPPORTED,
                    Findings.list(tables) + ": of UNLOGGED tables no changes can be read. Leave them out with"
                            + " objects.exclude, or make them LOGGED.",
                    Findings.sql(tables, table -> "ALTER TABLE " + table + " SET LOGGED"),
                    tables);
        }
    }
}
