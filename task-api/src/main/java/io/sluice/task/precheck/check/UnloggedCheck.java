package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;

/** UNLOGGED tables leave nothing in the WAL, and PostgreSQL refuses to publish them. */
final class UnloggedCheck implements Check {

    @Override
    public About about() {
        return About.source("unlogged-tables", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        List<TableName> tables = subject.tables().values().stream()
                .filter(TableDefinition::unlogged)
                .map(TableDefinition::name)
                .toList();
        if (tables.isEmpty()) {
            return;
        }
        if (subject.source().recovering()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_UNSUPPORTED,
                    Findings.list(tables) + ": a standby has no rows of UNLOGGED tables. Load them from the primary, or"
                            + " leave them out with objects.exclude.",
                    "",
                    tables);
        } else if (subject.streams()) {
            findings.warn(
                    "objects.include",
                    Findings.list(tables) + ": UNLOGGED tables are loaded once, but none of their later changes can be"
                            + " read: PostgreSQL writes none to its WAL. Make them LOGGED, or leave them out with"
                            + " objects.exclude.",
                    Findings.sql(tables, table -> "ALTER TABLE " + table + " SET LOGGED"),
                    tables);
        }
    }
}
