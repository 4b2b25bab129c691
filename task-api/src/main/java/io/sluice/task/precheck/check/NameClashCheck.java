package io.sluice.task.precheck.check;

import static java.util.stream.Collectors.groupingBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Names on the target that differ only by case, several tables that would become one, columns that would. */
final class NameClashCheck implements Check {

    @Override
    public About about() {
        return About.source("target-names", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        judge(
                List.copyOf(subject.tables().keySet()),
                table -> subject.mapping(table).target(),
                findings);
        subject.tables().values().forEach(table -> judge(table, subject.mapping(table.name()), findings));
    }

    /** Renames and the case policy may give two columns one name. */
    private static void judge(TableDefinition table, TableMapping mapping, Findings findings) {
        if (mapping.sameColumns()) {
            return;
        }
        var byTarget = table.columns().stream()
                .map(ColumnDefinition::name)
                .filter(mapping::moves)
                .collect(groupingBy(mapping::targetColumn, TreeMap::new, Collectors.toList()));
        byTarget.forEach((target, columns) -> {
            if (columns.size() > 1) {
                findings.fail(
                        "objects.include",
                        ErrorCode.TARGET_NAMES_CLASH,
                        Findings.list(columns) + " of " + table.name() + " all become the column " + target
                                + ". Rename all but one with columns.rename, leave them out with columns.exclude, or"
                                + " change structure.nameCase.",
                        "",
                        columns.stream()
                                .map(column -> table.name() + "." + column)
                                .toList());
            }
        });
    }

    /** @param mapping from the name on the source to that on the target */
    static void judge(List<TableName> tables, UnaryOperator<TableName> mapping, Findings findings) {
        var byTarget = tables.stream().collect(groupingBy(mapping, TreeMap::new, Collectors.toList()));
        byTarget.forEach((target, sources) -> {
            if (sources.size() > 1) {
                findings.warn(
                        "objects.include",
                        Findings.list(sources) + " are all written to " + target + ": rows with the same key overwrite"
                                + " each other. Make sure that their keys differ.",
                        "",
                        sources);
            }
        });
        byTarget.keySet().stream()
                .collect(
                        groupingBy(name -> name.toString().toLowerCase(Locale.ROOT), TreeMap::new, Collectors.toList()))
                .values()
                .stream()
                .filter(alike -> alike.size() > 1)
                .forEach(alike -> findings.fail(
                        "objects.include",
                        ErrorCode.TARGET_NAMES_CLASH,
                        Findings.list(alike) + ": these names differ only by case on the target. Leave all but one out"
                                + " with objects.exclude, or give them other names with targetTable.",
                        "",
                        alike));
    }
}
