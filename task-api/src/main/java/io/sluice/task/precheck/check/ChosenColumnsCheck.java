package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Columns that are to be left out or renamed: they must be there, and rows must still be told apart by what is left. */
final class ChosenColumnsCheck implements Check {

    @Override
    public About about() {
        return About.source("columns", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        for (TableDefinition table : subject.tables().values()) {
            TableMapping mapping = subject.mapping(table.name());
            if (!mapping.excluded().isEmpty() || !mapping.renamed().isEmpty()) {
                if (chosenByName(subject, table)) {
                    missing(table, mapping, findings);
                }
                leftOut(table, mapping, subject.streams(), findings);
            }
        }
    }

    /** What is said for many tables at once need not fit each of them. */
    private static boolean chosenByName(Subject subject, TableDefinition table) {
        return subject.spec().include().stream().anyMatch(pattern -> pattern.exact() && pattern.matches(table.name()));
    }

    private static void missing(TableDefinition table, TableMapping mapping, Findings findings) {
        Set<String> present =
                table.columns().stream().map(ColumnDefinition::name).collect(Collectors.toSet());
        Set<String> missing = Stream.concat(mapping.excluded().stream(), mapping.renamed().keySet().stream())
                .filter(column -> !present.contains(column))
                .collect(Collectors.toCollection(TreeSet::new));
        if (!missing.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.NOTHING_SELECTED,
                    table.name() + " has no column " + Findings.list(missing) + ", which is to be left out or renamed."
                            + " Names are case-sensitive; it has "
                            + Findings.list(present.stream().sorted().toList())
                            + ".",
                    "",
                    List.of(table.name()));
        }
    }

    private static void leftOut(TableDefinition table, TableMapping mapping, boolean streams, Findings findings) {
        Set<String> keys = new TreeSet<>(table.primaryKey());
        if (streams) {
            keys.addAll(table.identityColumns());
        }
        keys.removeIf(mapping::moves);
        if (!keys.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(keys) + " of " + table.name() + " is left out and is part of the key, without which"
                            + " rows cannot be told apart. Take it out of columns.exclude.",
                    "",
                    keys.stream().map(column -> table.name() + "." + column).toList());
        } else if (table.columns().stream().noneMatch(column -> mapping.moves(column.name()))) {
            findings.fail(
                    "objects.include",
                    ErrorCode.NOTHING_SELECTED,
                    "Every column of " + table.name() + " is left out. Leave out the table with objects.exclude"
                            + " instead.",
                    "",
                    List.of(table.name()));
        }
    }
}
