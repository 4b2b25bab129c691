package io.sluice.task.task;

import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.task.endpoint.FieldErrors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a change of a running task's tables comes to.
 *
 * @param spec of the task afterwards
 * @param added of a task that has nothing but what is added, to be looked at before it comes to the others
 * @param removed tables of the task that go
 * @param adds something is to be added
 */
record ObjectChange(TaskSpec spec, TaskSpec added, List<TableName> removed, boolean adds) {

    private static final int NAMED = 20;

    /** Works it out; everything that is wrong with it is in {@code errors} then. */
    static ObjectChange of(
            TaskSpec now,
            List<TableName> tables,
            List<TableChoice> add,
            List<TablePattern> remove,
            FieldErrors errors) {
        List<TableName> removed = removed(tables, remove, errors);
        Set<TableName> going = Set.copyOf(removed);
        List<TableName> staying =
                tables.stream().filter(table -> !going.contains(table)).toList();
        if (staying.isEmpty() && add.isEmpty()) {
            errors.invalid("remove", "must leave the task a table. Stop the task to end it.");
        }
        List<TableChoice> choices = new ArrayList<>(now.choices());
        choices.removeIf(choice -> choice.pattern().exact() && matchesAny(choice.pattern(), removed));
        choices.addAll(add);
        List<TablePattern> exclude = new ArrayList<>(now.exclude());
        exclude.removeIf(pattern -> pattern.exact()
                && add.stream().anyMatch(choice -> choice.pattern().equals(pattern)));
        judge(now, tables, removed, staying, choices, exclude, add, errors);
        for (TableName table : removed) {
            if (choices.stream().anyMatch(choice -> choice.pattern().matches(table))) {
                exclude.add(new TablePattern(table.schema(), table.table()));
            }
        }
        atMost("add", choices.size(), errors);
        atMost("remove", exclude.size(), errors);
        List<TablePattern> others = new ArrayList<>(exclude);
        staying.forEach(table -> others.add(new TablePattern(table.schema(), table.table())));
        return new ObjectChange(now.withTables(choices, exclude), now.withTables(add, others), removed, !add.isEmpty());
    }

    /**
     * Tables come that the rules of the task choose already.
     *
     * @param others of the source that are not to be looked at
     */
    static ObjectChange ofChosen(TaskSpec now, Collection<TableName> come, Collection<TableName> others) {
        List<TableChoice> choices = now.choices().stream()
                .filter(choice -> come.stream().anyMatch(choice.pattern()::matches))
                .toList();
        List<TablePattern> exclude = new ArrayList<>(now.exclude());
        others.forEach(table -> exclude.add(new TablePattern(table.schema(), table.table())));
        return new ObjectChange(now, now.withTables(choices, exclude), List.of(), true);
    }

    private static List<TableName> removed(List<TableName> tables, List<TablePattern> remove, FieldErrors errors) {
        for (int i = 0; i < remove.size(); i++) {
            if (!matchesAny(remove.get(i), tables)) {
                errors.invalid("remove[" + i + "]", "matches no table of the task. Names are case-sensitive.");
            }
        }
        return tables.stream()
                .filter(table -> remove.stream().anyMatch(pattern -> pattern.matches(table)))
                .toList();
    }

    private static void judge(
            TaskSpec now,
            List<TableName> tables,
            List<TableName> removed,
            List<TableName> staying,
            List<TableChoice> choices,
            List<TablePattern> exclude,
            List<TableChoice> add,
            FieldErrors errors) {
        TaskSpec then = now.withTables(choices, exclude);
        for (int i = 0; i < add.size(); i++) {
            TablePattern pattern = add.get(i).pattern();
            String field = "add[" + i + "]";
            TableName named = new TableName(pattern.schema(), pattern.table());
            if (pattern.exact() && removed.contains(named)) {
                errors.invalid(field, "is removed by the same request. Remove it first, and add it then.");
            } else if (pattern.exact() && tables.contains(named)) {
                errors.invalid(
                        field,
                        "is a table of the task already. POST …/tables/" + named + "/reload loads it once more.");
            } else if (pattern.exact() && exclude.stream().anyMatch(other -> other.matches(named))) {
                errors.invalid(field, "is left out by a pattern of objects.exclude, which cannot change now.");
            }
        }
        List<TableName> changed = staying.stream()
                .filter(table -> !TableMapping.of(now, table).equals(TableMapping.of(then, table)))
                .toList();
        for (int i = 0; i < add.size(); i++) {
            TablePattern pattern = add.get(i).pattern();
            List<TableName> touched = changed.stream().filter(pattern::matches).toList();
            if (!touched.isEmpty() && !pattern.exact()) {
                errors.invalid(
                        "add[" + i + "]",
                        "would change what becomes of tables that the task has already: " + list(touched)
                                + ". Name the new tables one by one.");
            }
        }
    }

    private static void atMost(String field, int size, FieldErrors errors) {
        if (size > ObjectRules.MAXIMUM_RULES) {
            errors.invalid(field, "brings the rules of the task to more than " + ObjectRules.MAXIMUM_RULES + ".");
        }
    }

    private static boolean matchesAny(TablePattern pattern, List<TableName> tables) {
        return tables.stream().anyMatch(pattern::matches);
    }

    /** For the history. */
    String describe(List<TableName> come) {
        List<String> parts = new ArrayList<>();
        if (!come.isEmpty()) {
            parts.add("add " + list(come));
        }
        if (!removed.isEmpty()) {
            parts.add("remove " + list(removed));
        }
        return "objects: " + String.join("; ", parts);
    }

    static String list(Collection<TableName> tables) {
        String named = tables.stream().limit(NAMED).map(TableName::toString).collect(Collectors.joining(", "));
        return tables.size() <= NAMED ? named : named + " and " + (tables.size() - NAMED) + " more";
    }
}
