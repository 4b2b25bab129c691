package io.sluice.apply.structure;

import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.PlannedObject.Verdict;
import io.sluice.apply.structure.SequenceReader.Sequence;
import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.apply.structure.SourceObjects.ColumnUse;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.UnsupportedDdlException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a task makes on its target, in order, as the source's catalogs say it.
 *
 * @param sequences whose values go over, too
 * @param roots by partition
 * @param types of users, by name, whether they are moved or not
 */
record StructurePlan(
        List<PlannedObject> objects,
        List<Sequence> sequences,
        Names names,
        Map<TableName, TableName> roots,
        Map<String, UserType> types) {

    StructurePlan {
        objects = List.copyOf(objects);
        sequences = List.copyOf(sequences);
        roots = Map.copyOf(roots);
        types = Map.copyOf(types);
    }

    /** The partitioned table that a partition is a part of, however deep; any other table itself. */
    TableName root(TableName table) {
        return roots.getOrDefault(table, table);
    }

    private static Map<TableName, TableName> roots(List<RawTable> tables) {
        Map<TableName, TableName> parents = new HashMap<>();
        tables.stream()
                .filter(RawTable::partition)
                .forEach(table -> parents.put(table.name(), table.parents().getFirst()));
        Map<TableName, TableName> roots = new HashMap<>();
        for (TableName table : parents.keySet()) {
            TableName root = table;
            for (TableName parent = parents.get(root); parent != null; parent = parents.get(root)) {
                root = parent;
            }
            roots.put(table, root);
        }
        return roots;
    }

    /** @param original names that change nothing, for what cannot be made */
    static StructurePlan of(
            SourceObjects objects,
            TaskSpec spec,
            DialectRules rules,
            Names names,
            Names original,
            List<Sequence> sequences,
            List<RawTable> tables,
            Map<String, UserType> types) {
        Selection selection = Selection.of(objects, spec);
        Set<Ref> selected = selection.selected();
        Set<Ref> before = beforeData(objects, selected);
        List<SourceObject> chosen = objects.all().stream()
                .filter(object ->
                        selected.contains(object.ref()) || selection.partial().containsKey(object.ref()))
                .filter(object -> object.kind().among(spec.structure().kinds()))
                .toList();
        List<PlannedObject> planned = new ArrayList<>();
        for (SourceObject object : Ordering.of(chosen, objects)) {
            String reason = selection.partial().get(object.ref());
            PlannedObject one = plan(object, before.contains(object.ref()), objects, rules, names, original);
            planned.add(reason == null ? one : one.skipped(reason));
        }
        List<Sequence> moved = sequences.stream()
                .filter(sequence -> sequence.ofIdentity()
                        ? tables.stream().anyMatch(table -> table.name().equals(sequence.table()))
                                && names.moves(table(sequence), String.valueOf(sequence.column()))
                        : selected.contains(sequence.ref()))
                .toList();
        return new StructurePlan(planned, moved, names, roots(tables), types);
    }

    private static TableName table(Sequence sequence) {
        TableName table = sequence.table();
        return table == null ? sequence.name() : table;
    }

    /** What tables need, their keys and indexes included, and whatever else must not wait. */
    private static Set<Ref> beforeData(SourceObjects objects, Set<Ref> selected) {
        Set<Ref> roots = new HashSet<>();
        for (SourceObject object : objects.all()) {
            if (selected.contains(object.ref()) && (early(object.kind()) || filled(object.timing()))) {
                roots.add(object.ref());
            }
        }
        return Selection.closure(objects, roots);
    }

    private static boolean early(ObjectKind kind) {
        return kind.compareTo(ObjectKind.TABLE) <= 0;
    }

    private static boolean filled(Timing timing) {
        return timing == Timing.TABLE_FILLED || timing == Timing.TABLE_FILLED_ALONE;
    }

    private static PlannedObject plan(
            SourceObject object,
            boolean before,
            SourceObjects objects,
            DialectRules rules,
            Names names,
            Names original) {
        Stage stage = switch (object.timing()) {
            case NEEDED -> before ? Stage.BEFORE_DATA : Stage.AFTER_DATA;
            case TABLE_FILLED, TABLE_FILLED_ALONE -> Stage.AFTER_TABLE;
            case ALL_FILLED -> Stage.AFTER_DATA;
            case END -> Stage.END;
        };
        boolean alone = object.timing() == Timing.TABLE_FILLED_ALONE;
        Verdict verdict = columnsVerdict(object, objects, names);
        String refused = rules.refuses(object, names);
        if (verdict == null && refused != null) {
            verdict = new Verdict(State.SKIPPED, refused);
        }
        if (object.kind() == ObjectKind.OTHER) {
            verdict = new Verdict(
                    State.SKIPPED,
                    "Sluice does not move it. pg_dump --schema-only has its definition; make it by hand where it is"
                            + " needed.");
        }
        List<String> statements = List.of();
        if (verdict == null) {
            try {
                statements = object.ddl().statements(names);
            } catch (RenameException e) {
                verdict = new Verdict(
                        State.FAILED,
                        e.getMessage()
                                + ". Make it by hand with the names of the target; this is how the source has it.");
            } catch (UnsupportedDdlException e) {
                // Without a table its rows have no place to go; anything else can be left out.
                verdict = new Verdict(
                        object.kind() == ObjectKind.TABLE ? State.FAILED : State.SKIPPED,
                        "The target cannot have it: " + e.getMessage() + ".");
            }
        }
        if (verdict != null) {
            statements = atSource(object, original);
        }
        String schema = object.schema();
        return new PlannedObject(
                object.id(),
                object.kind(),
                schema == null ? null : names.targetSchema(schema),
                object.name(),
                object.table(),
                stage,
                alone,
                statements,
                verdict == null ? drop(object, names) : "",
                verdict);
    }

    private static String drop(SourceObject object, Names names) {
        try {
            return object.drop() == null ? "" : String.join(";\n", object.drop().statements(names));
        } catch (RenameException e) {
            // It could be made, so this is not to be expected; whoever drops tables names what is in the way.
            return "";
        }
    }

    private static List<String> atSource(SourceObject object, Names original) {
        try {
            return object.ddl().statements(original);
        } catch (UnsupportedDdlException e) {
            return List.of("-- " + object.kind() + " " + object.name());
        }
    }

    /** Whether the columns that it uses are there, and under names that can be put into its definition. */
    private static @Nullable Verdict columnsVerdict(SourceObject object, SourceObjects objects, Names names) {
        if (object.kind() == ObjectKind.TABLE || object.kind() == ObjectKind.COMMENT || !names.changes()) {
            return null;
        }
        Set<ColumnUse> uses = objects.columns(object.ref());
        String left = uses.stream()
                .filter(use -> !names.moves(use.table(), use.column()))
                .map(use -> use.column() + " of " + use.table())
                .sorted()
                .collect(Collectors.joining(", "));
        if (!left.isEmpty()) {
            return new Verdict(State.SKIPPED, "it uses columns that are left out: " + left + ".");
        }
        return switch (object.kind()) {
            case VIEW, MATERIALIZED_VIEW, RULE, TRIGGER, POLICY, FUNCTION, PROCEDURE -> {
                String renamed = uses.stream()
                        .filter(use ->
                                !names.targetColumn(use.table(), use.column()).equals(use.column()))
                        .map(use -> use.column() + " of " + use.table())
                        .sorted()
                        .collect(Collectors.joining(", "));
                yield renamed.isEmpty()
                        ? null
                        : new Verdict(
                                State.FAILED,
                                "it uses columns that are called differently on the target: " + renamed
                                        + ". Make it by hand; this is how the source has it.");
            }
            case SCHEMA,
                    EXTENSION,
                    COLLATION,
                    TYPE,
                    DOMAIN,
                    SEQUENCE,
                    TABLE,
                    AGGREGATE,
                    OPERATOR,
                    CAST,
                    KEY,
                    CONSTRAINT,
                    INDEX,
                    STATISTICS,
                    FOREIGN_KEY,
                    TABLE_SETTING,
                    COMMENT,
                    PRIVILEGE,
                    OTHER -> null;
        };
    }
}
