package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The source does not stream generated columns, so that one in a key leaves rows without it. */
final class GeneratedKeyCheck implements Check {

    @Override
    public About about() {
        return About.source("generated-keys", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        List<TableName> tables = subject.tables().values().stream()
                .filter(GeneratedKeyCheck::inKey)
                .map(TableDefinition::name)
                .toList();
        if (subject.streams() && !tables.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(tables) + ": a generated column is part of the key, and generated columns are not"
                            + " streamed. Leave them out with objects.exclude, or give each a key of other columns.",
                    Findings.sql(
                            tables, table -> "ALTER TABLE " + table + " REPLICA IDENTITY USING INDEX <other index>"),
                    tables);
        }
    }

    private static boolean inKey(TableDefinition table) {
        Set<String> keys = Stream.concat(table.primaryKey().stream(), table.identityColumns().stream())
                .collect(Collectors.toSet());
        return table.columns().stream()
                .filter(ColumnDefinition::generated)
                .anyMatch(column -> keys.contains(column.name()));
    }
}
