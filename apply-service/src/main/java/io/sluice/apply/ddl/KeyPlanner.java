package io.sluice.apply.ddl;

import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.change.SourceTable.Index;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The part of {@link TablePlanner} that is about constraints and indexes. One that only has another name is renamed, and one
 * in which only a column has is left alone: to make a key anew takes its time, and what refers to it would be in the way.
 * Plain object, one use.
 */
final class KeyPlanner {

    private static final String USING = " USING ";

    private final TableMapping mapping;
    private final TargetCatalog target;
    private final TableName table;
    private final String alter;
    private final Set<String> replaced;
    private final ColumnRenames columns;
    private final SourceTable before;
    private final SourceTable after;

    /** By the old names, those that have another one. */
    private final Map<String, Constraint> renamedConstraints;

    private final Map<String, Index> renamedIndexes;

    /** @param replaced columns that were dropped and made again, with whatever was on them */
    KeyPlanner(
            TableMapping mapping, TargetCatalog target, Set<String> replaced, SourceTable before, SourceTable after) {
        this.mapping = mapping;
        this.target = target;
        this.table = mapping.target();
        this.alter = "ALTER TABLE " + Identifier.quote(table) + " ";
        this.replaced = replaced;
        this.columns = new ColumnRenames(before, after);
        this.before = before;
        this.after = after;
        this.renamedConstraints = renamed(
                before.constraints(),
                after.constraints(),
                Constraint::name,
                Constraint::definition,
                constraint -> constraint.type() + ' ' + constraint.definition());
        this.renamedIndexes =
                renamed(before.indexes(), after.indexes(), Index::name, Index::definition, KeyPlanner::withoutName);
    }

    /** Before anything becomes of the columns. */
    List<String> first() {
        List<String> statements = new ArrayList<>();
        Map<String, Constraint> constraints = by(after.constraints(), Constraint::name);
        for (Constraint old : before.constraints()) {
            Constraint now = constraints.get(old.name());
            Constraint renamed = renamedConstraints.get(old.name());
            if (now != null && stays(old, now) || !target.hasConstraint(table, old.name())) {
                continue;
            }
            if (renamed == null) {
                statements.add(alter + "DROP CONSTRAINT " + Identifier.quote(old.name()));
            } else if (!target.hasConstraint(table, renamed.name())) {
                statements.add(alter + "RENAME CONSTRAINT " + Identifier.quote(old.name()) + " TO "
                        + Identifier.quote(renamed.name()));
            }
        }
        Map<String, Index> indexes = by(after.indexes(), Index::name);
        for (Index old : before.indexes()) {
            Index now = indexes.get(old.name());
            Index renamed = renamedIndexes.get(old.name());
            if (now != null && stays(old, now) || !target.hasIndex(table.schema(), old.name())) {
                continue;
            }
            String name = Identifier.quote(new TableName(table.schema(), old.name()));
            if (renamed == null) {
                statements.add("DROP INDEX " + name);
            } else if (!target.hasIndex(table.schema(), renamed.name())) {
                statements.add("ALTER INDEX " + name + " RENAME TO " + Identifier.quote(renamed.name()));
            }
        }
        return statements;
    }

    /** When the columns are as they are to be. */
    List<String> last() {
        List<String> statements = new ArrayList<>();
        Map<String, Index> oldIndexes = by(before.indexes(), Index::name);
        for (Index index : after.indexes()) {
            Index old = oldIndexes.get(index.name());
            if (!renamedIndexes.containsValue(index) && (old == null || !stays(old, index))) {
                addIndex(index, old != null, statements);
            }
        }
        Map<String, Constraint> oldConstraints = by(before.constraints(), Constraint::name);
        for (Constraint constraint : after.constraints()) {
            Constraint old = oldConstraints.get(constraint.name());
            if (!renamedConstraints.containsValue(constraint) && (old == null || !stays(old, constraint))) {
                addConstraint(constraint, old != null, statements);
            }
        }
        return statements;
    }

    private <T> Map<String, T> renamed(
            List<T> olds,
            List<T> nows,
            Function<T, String> name,
            Function<T, String> definition,
            Function<T, String> compared) {
        Map<String, T> known = by(olds, name);
        Map<String, T> there = by(nows, name);
        List<T> free = new ArrayList<>(
                nows.stream().filter(now -> !known.containsKey(name.apply(now))).toList());
        Map<String, T> renamed = new HashMap<>();
        for (T old : olds) {
            if (!there.containsKey(name.apply(old)) && !isOnReplaced(definition.apply(old))) {
                free.stream()
                        .filter(now -> columns.same(compared.apply(old), compared.apply(now)))
                        .findFirst()
                        .ifPresent(now -> {
                            renamed.put(name.apply(old), now);
                            free.remove(now);
                        });
            }
        }
        return renamed;
    }

    /** A foreign key may tell of another name in the table that it refers to, which that one's command has brought over. */
    private boolean stays(Constraint old, Constraint now) {
        return old.type().equals(now.type())
                && (columns.same(old.definition(), now.definition())
                        || mapping.sameColumns()
                                && now.definition().equals(target.constraintDefinition(table, now.name())))
                && !isOnReplaced(old.definition());
    }

    private boolean stays(Index old, Index now) {
        return columns.same(withoutName(old), withoutName(now)) && !isOnReplaced(old.definition());
    }

    /** What was on a column went with that. */
    private boolean isOnReplaced(String definition) {
        String text = definition.substring(Math.max(definition.indexOf(USING), 0));
        return replaced.stream()
                .anyMatch(column -> Pattern.compile("\\b" + Pattern.quote(column) + "\\b")
                        .matcher(text)
                        .find());
    }

    private static String withoutName(Index index) {
        int using = index.definition().indexOf(USING);
        return using < 0
                ? index.definition()
                : isUnique(index) + index.definition().substring(using);
    }

    private static boolean isUnique(Index index) {
        return index.definition().startsWith("CREATE UNIQUE ");
    }

    private void addIndex(Index index, boolean changed, List<String> statements) {
        if (target.hasIndex(table.schema(), index.name()) && !changed) {
            return;
        }
        int using = index.definition().indexOf(USING);
        if (!mapping.sameColumns() || using < 0) {
            throw TablePlanner.refused(
                    mapping,
                    "has a new index, which cannot be written with the target's names: " + index.definition()
                            + ". Make it on the target under its name");
        }
        statements.add("CREATE " + (isUnique(index) ? "UNIQUE " : "") + "INDEX " + Identifier.quote(index.name())
                + " ON " + Identifier.quote(table) + index.definition().substring(using));
    }

    private void addConstraint(Constraint constraint, boolean changed, List<String> statements) {
        if (target.hasConstraint(table, constraint.name()) && !changed) {
            return;
        }
        boolean certain = constraint.type().equals("f")
                ? mapping.sameColumns() && mapping.target().equals(mapping.source())
                : mapping.sameColumns();
        if (!certain) {
            throw TablePlanner.refused(
                    mapping,
                    "has a new constraint, which cannot be written with the target's names: " + constraint.name() + " "
                            + constraint.definition() + ". Make it on the target under its name");
        }
        statements.add(alter + "ADD CONSTRAINT " + Identifier.quote(constraint.name()) + " " + constraint.definition());
    }

    private static <T> Map<String, T> by(List<T> items, Function<T, String> name) {
        return items.stream().collect(Collectors.toMap(name, item -> item));
    }
}
