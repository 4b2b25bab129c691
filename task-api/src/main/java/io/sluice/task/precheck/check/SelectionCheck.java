package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which tables of the source a task's patterns choose; nothing chosen is an error. */
final class SelectionCheck {

    static final About ABOUT = About.source("selection", Group.OBJECTS);

    private SelectionCheck() {}

    static SortedMap<TableName, TableDefinition> find(Subject subject, Findings findings) {
        TaskSpec spec = subject.spec();
        Catalog catalog = new Catalog(subject.source().connection());
        List<TableName> present = catalog.listTables();
        for (int i = 0; i < spec.include().size(); i++) {
            TablePattern pattern = spec.include().get(i);
            if (isExact(pattern) && present.stream().noneMatch(pattern::matches)) {
                String name = pattern.schema() + "." + pattern.table();
                findings.fail(
                        "objects.include[" + i + "]",
                        ErrorCode.NOTHING_SELECTED,
                        "The source has no table " + name + ". Names are case-sensitive; views cannot be moved yet.",
                        "",
                        List.of(name));
            }
        }
        List<TableName> chosen =
                present.stream().filter(name -> Selection.chosen(spec, name)).toList();
        if (chosen.isEmpty() && findings.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.NOTHING_SELECTED,
                    "No table of the source matches. Names are case-sensitive; * stands for any characters, ? for"
                            + " one. The source has "
                            + (present.isEmpty() ? "no tables." : Findings.list(present) + "."),
                    "");
        }
        findings.remark(chosen.size() + " tables are chosen.");
        return new TreeMap<>(catalog.findTables(chosen));
    }

    private static boolean isExact(TablePattern pattern) {
        String both = pattern.schema() + pattern.table();
        return both.indexOf('*') < 0 && both.indexOf('?') < 0;
    }
}
