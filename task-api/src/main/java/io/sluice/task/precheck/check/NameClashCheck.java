package io.sluice.task.precheck.check;

import static java.util.stream.Collectors.groupingBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Names on the target that differ only by case, and several tables that would become one. */
final class NameClashCheck implements Check {

    @Override
    public About about() {
        return About.source("target-names", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        // Tables keep their names today; a mapping goes in here.
        judge(List.copyOf(subject.tables().keySet()), UnaryOperator.identity(), findings);
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
                                + " with objects.exclude, or rename them on the source.",
                        Findings.sql(
                                alike.subList(1, alike.size()), table -> "ALTER TABLE " + table + " RENAME TO <name>"),
                        alike));
    }
}
