package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.util.List;

/** A kind of table that this version cannot move. */
final class TableKindCheck implements Check {

    private final String key;
    private final Kind kind;
    private final String what;

    TableKindCheck(String key, Kind kind, String what) {
        this.key = key;
        this.kind = kind;
        this.what = what;
    }

    @Override
    public About about() {
        return About.source(key, Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        List<TableName> tables = subject.tables().values().stream()
                .filter(table -> table.kind() == kind)
                .map(TableDefinition::name)
                .toList();
        if (!tables.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_UNSUPPORTED,
                    Findings.list(tables) + ": " + what + " cannot be moved yet. Leave them out with objects.exclude.",
                    "",
                    tables);
        }
    }
}
