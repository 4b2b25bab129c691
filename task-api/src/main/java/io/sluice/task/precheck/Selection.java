package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.util.List;
import java.util.Map;

/** Which tables of the source a task's patterns choose. */
final class Selection {

    private Selection() {}

    static Map<TableName, TableDefinition> find(TaskSpec spec, Connection source, Findings findings) {
        Catalog catalog = new Catalog(source);
        List<TableName> present = catalog.listTables();
        for (int i = 0; i < spec.include().size(); i++) {
            TablePattern pattern = spec.include().get(i);
            if (isExact(pattern) && present.stream().noneMatch(pattern::matches)) {
                findings.add(
                        "objects.include[" + i + "]",
                        ErrorCode.NOTHING_SELECTED,
                        "The source has no table " + pattern.schema() + "." + pattern.table()
                                + ". Names are case-sensitive; views cannot be moved yet.");
            }
        }
        List<TableName> chosen =
                present.stream().filter(name -> chosen(spec, name)).toList();
        if (chosen.isEmpty() && findings.isEmpty()) {
            findings.add(
                    "objects.include",
                    ErrorCode.NOTHING_SELECTED,
                    "No table of the source matches. Names are case-sensitive; * stands for any characters, ? for"
                            + " one. The source has "
                            + (present.isEmpty() ? "no tables." : Findings.list(present) + "."));
        }
        return catalog.findTables(chosen);
    }

    private static boolean chosen(TaskSpec spec, TableName name) {
        return spec.include().stream().anyMatch(pattern -> pattern.matches(name))
                && spec.exclude().stream().noneMatch(pattern -> pattern.matches(name));
    }

    private static boolean isExact(TablePattern pattern) {
        String both = pattern.schema() + pattern.table();
        return both.indexOf('*') < 0 && both.indexOf('?') < 0;
    }
}
