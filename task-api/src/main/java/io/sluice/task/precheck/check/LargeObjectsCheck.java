package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.stream.Stream;

/** Columns that may point at large objects, which no stream of changes carries. */
final class LargeObjectsCheck implements Check {

    @Override
    public About about() {
        return About.source("large-objects", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        List<String> columns = subject.tables().values().stream()
                .flatMap(table -> columns(table, subject.mapping(table.name())))
                .toList();
        if (!columns.isEmpty()) {
            findings.warn(
                    "objects.include",
                    "Columns of type oid or lo: " + Findings.list(columns) + ". Their numbers are copied, but not the"
                            + " large objects that they may point at: move those by hand (pg_dump --large-objects), or"
                            + " store the bytes in a bytea column.",
                    "",
                    columns);
        }
    }

    private static Stream<String> columns(TableDefinition table, TableMapping mapping) {
        return table.columns().stream()
                .filter(column -> large(column.castType()) && mapping.moves(column.name()))
                .map(ColumnDefinition::name)
                .map(name -> table.name() + "." + name);
    }

    private static boolean large(String type) {
        return type.equals("oid") || type.equals("lo") || type.endsWith(".lo");
    }
}
