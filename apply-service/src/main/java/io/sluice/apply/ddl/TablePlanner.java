package io.sluice.apply.ddl;

import io.sluice.contracts.change.SourceObject.Rewrite;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.change.SourceTable.Index;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the statements that do to a table of the target what was done to the table of the source, from what that looked
 * like before and after. Columns are told by their numbers, so a renamed one keeps its values. What cannot be told for
 * certain is refused with what the user can do: once the target has it, it is passed over. Plain object, one use.
 */
final class TablePlanner {

    /** As {@code pg_get_expr} writes a constant. */
    private static final Pattern CONSTANT =
            Pattern.compile("-?[0-9.]+|true|false|'(?:[^']|'')*'(?:::[\\w .\"()\\[\\]]+)?");

    private static final String NULL = "NULL";

    private final TableMapping mapping;
    private final TargetCatalog target;
    private final TableName table;
    private final String alter;
    private final List<String> statements = new ArrayList<>();

    /** Columns that were dropped and made again, by their name at the source. */
    private final Set<String> replaced = new HashSet<>();

    /** What became of the source's rows; null where that is not known. */
    private final @Nullable Set<Rewrite> rewrites;

    /** @param rewrites what became of the source's rows; null where that is not known */
    TablePlanner(TableMapping mapping, TargetCatalog target, @Nullable Set<Rewrite> rewrites) {
        this.rewrites = rewrites;
        this.mapping = mapping;
        this.target = target;
        this.table = mapping.target();
        this.alter = "ALTER TABLE " + Identifier.quote(table) + " ";
    }

    /** @throws SluiceException {@code SCHEMA_CHANGED} with what to do */
    List<String> plan(SourceTable before, SourceTable after) {
        if (!before.schema().equals(after.schema()) || !before.name().equals(after.name())) {
            throw refused("was renamed to " + after.schema() + "." + after.name()
                    + ", which a task cannot follow. Give it its name back, or take it into a new task");
        }
        if (rewrites != null && rewrites.contains(Rewrite.COMPUTED)) {
            throw refused(
                    "has had values of its rows computed anew at the source, by an ALTER TABLE with USING or one that"
                            + " a function ran, and no change tells of them. " + byReload());
        }
        findReplaced(before, after);
        Map<String, Constraint> constraints = by(after.constraints(), Constraint::name);
        for (Constraint old : before.constraints()) {
            if (!stays(old, constraints.get(old.name()), old.definition()) && target.hasConstraint(table, old.name())) {
                statements.add(alter + "DROP CONSTRAINT " + Identifier.quote(old.name()));
            }
        }
        Map<String, Index> indexes = by(after.indexes(), Index::name);
        for (Index old : before.indexes()) {
            if (!stays(old, indexes.get(old.name()), old.definition()) && target.hasIndex(table.schema(), old.name())) {
                statements.add("DROP INDEX " + Identifier.quote(new TableName(table.schema(), old.name())));
            }
        }
        columns(before, after);
        Map<String, Index> oldIndexes = by(before.indexes(), Index::name);
        after.indexes().stream()
                .filter(index -> !stays(index, oldIndexes.get(index.name()), index.definition()))
                .forEach(index -> addIndex(index, oldIndexes.containsKey(index.name())));
        Map<String, Constraint> oldConstraints = by(before.constraints(), Constraint::name);
        after.constraints().stream()
                .filter(constraint ->
                        !stays(constraint, oldConstraints.get(constraint.name()), constraint.definition()))
                .forEach(constraint -> addConstraint(constraint, oldConstraints.containsKey(constraint.name())));
        return statements;
    }

    /** One that was dropped and made again under its name is another column: what the target has of the old one goes. */
    private void findReplaced(SourceTable before, SourceTable after) {
        Map<String, Column> now = by(after.columns(), Column::name);
        for (Column old : before.columns()) {
            Column column = now.get(old.name());
            boolean stays = after.columns().stream().anyMatch(other -> other.number() == old.number());
            if (!stays && column != null && mapping.moves(old.name()) && !isMended(old, column)) {
                replaced.add(old.name());
            }
        }
    }

    /** Of two columns of one type it cannot be told which the target has. */
    private boolean isMended(Column old, Column column) {
        return !old.type().equals(column.type())
                && column.type().equals(target.columnType(table, mapping.targetColumn(column.name())));
    }

    /** Whether there is nothing to do for it; what was on a column went with that. */
    private boolean stays(Object one, @Nullable Object other, String definition) {
        return one.equals(other)
                && replaced.stream()
                        .noneMatch(column -> Pattern.compile("\\b" + Pattern.quote(column) + "\\b")
                                .matcher(definition.substring(Math.max(definition.indexOf(" USING "), 0)))
                                .find());
    }

    private void columns(SourceTable before, SourceTable after) {
        Map<Integer, Column> old = new HashMap<>();
        before.columns().forEach(column -> old.put(column.number(), column));
        Map<Integer, Column> now = new HashMap<>();
        after.columns().forEach(column -> now.put(column.number(), column));
        Map<String, Column> named = by(after.columns(), Column::name);
        for (Column column : before.columns()) {
            boolean goes = replaced.contains(column.name()) || !named.containsKey(column.name());
            if (goes && !now.containsKey(column.number()) && mapping.moves(column.name()) && has(column)) {
                statements.add(alter + "DROP COLUMN " + name(column));
            }
        }
        for (Column column : after.columns()) {
            Column previous = old.get(column.number());
            if (previous != null) {
                if (!previous.name().equals(column.name())) {
                    rename(previous, column);
                }
                if (mapping.moves(column.name())) {
                    change(previous, column);
                }
            } else if (mapping.moves(column.name()) && (!has(column) || replaced.contains(column.name()))) {
                add(column);
            }
        }
    }

    private void rename(Column old, Column column) {
        if (!mapping.moves(old.name())) {
            if (mapping.moves(column.name())) {
                throw refused("has its column " + old.name() + " renamed to " + column.name()
                        + ", which is not left out by objects.include as the old one was. Add the column "
                        + column.name() + " to the target's table with the values that it has at the source");
            }
            return;
        }
        if (!mapping.moves(column.name())) {
            throw refused("has its column " + old.name() + " renamed to " + column.name()
                    + ", which objects.include leaves out. Rename it back");
        }
        if (has(old) && !mapping.targetColumn(old.name()).equals(mapping.targetColumn(column.name()))) {
            statements.add(alter + "RENAME COLUMN " + name(old) + " TO " + name(column));
        }
    }

    /** The old name may still be the target's when the statements are made. */
    private void change(Column old, Column column) {
        String known = target.columnType(table, mapping.targetColumn(column.name()));
        if (known == null) {
            known = target.columnType(table, mapping.targetColumn(old.name()));
        }
        String column1 = alter + "ALTER COLUMN " + name(column) + " ";
        if (!Objects.equals(old.generated(), column.generated())) {
            throw refused("has another expression for its generated column " + column.name()
                    + ". Make the same change on the target and reload the table");
        }
        boolean sameType = old.type().equals(column.type()) && Objects.equals(old.collation(), column.collation());
        boolean dropsDefault = old.defaultExpression() != null && column.defaultExpression() == null;
        // The target's column may have had the type before, so that is no sign of its values.
        if (!sameType && !TypeChange.certain(old.type(), column.type(), rewrites)) {
            throw refused("has its column " + column.name() + " changed from " + old.type() + " to " + column.type()
                    + " in a way that may have changed its values. " + byReload());
        }
        if (!sameType && !column.type().equals(known)) {
            if (old.defaultExpression() != null) {
                statements.add(column1 + "DROP DEFAULT");
            }
            statements.add(column1 + "TYPE " + column.type() + collation(column));
        }
        if (dropsDefault) {
            statements.add(column1 + "DROP DEFAULT");
        } else if (column.defaultExpression() != null
                && (!column.defaultExpression().equals(old.defaultExpression()) || !sameType)) {
            statements.add(column1 + "SET DEFAULT " + column.defaultExpression());
        }
        if (old.notNull() != column.notNull()) {
            statements.add(column1 + (column.notNull() ? "SET NOT NULL" : "DROP NOT NULL"));
        }
        if (!old.identity().equals(column.identity())) {
            if (!old.identity().isEmpty()) {
                statements.add(column1 + "DROP IDENTITY IF EXISTS");
            }
            if (!column.identity().isEmpty()) {
                statements.add(column1 + "ADD " + identity(column));
            }
        }
    }

    /** Rows that were there have got their values at the source without a word in the stream. */
    private void add(Column column) {
        String definition = name(column) + " " + column.type() + collation(column);
        String notNull = column.notNull() ? " NOT NULL" : "";
        if (column.generated() != null) {
            statements.add(alter + "ADD COLUMN " + definition + " GENERATED ALWAYS AS (" + column.generated()
                    + ") STORED" + notNull);
            return;
        }
        String value = value(column);
        if (value == null) {
            if (replaced.contains(column.name())) {
                throw refused(
                        "has its column " + column.name() + " (" + column.type() + ") dropped and made again, with"
                                + " values that the source has computed for each row that was there. "
                                + byReload());
            }
            throw refused("has a new column " + column.name() + " (" + column.type()
                    + ") whose values the source has computed for each row that was there. Add the column to the"
                    + " target's table with the values that it has at the source");
        }
        // The target's type may have a default, too; only types that are not built in have a schema before their name.
        boolean given = !value.equals(NULL) || column.type().contains(".");
        statements.add(alter + "ADD COLUMN " + definition + (given ? " DEFAULT " + value : "") + notNull);
        String change = alter + "ALTER COLUMN " + name(column);
        if (column.defaultExpression() != null) {
            statements.add(change + " SET DEFAULT " + column.defaultExpression());
        } else if (given) {
            statements.add(change + " DROP DEFAULT");
        }
        if (!column.identity().isEmpty()) {
            statements.add(change + " ADD " + identity(column));
        }
    }

    /** What all rows that are older than the column have in it, as SQL; null when each may have its own. */
    private @Nullable String value(Column column) {
        if (column.missing() != null) {
            return Identifier.literal(column.missing());
        }
        boolean written = rewrites == null || rewrites.contains(Rewrite.ROWS);
        boolean filled = column.defaultExpression() != null
                || column.typeDefault() != null
                || !column.identity().isEmpty();
        if (!written || rewrites == null && !filled) {
            return NULL;
        }
        if (rewrites == null || rewrites.contains(Rewrite.OTHER_DEFAULTS)) {
            return null;
        }
        if (!filled) {
            return NULL;
        }
        // Of rows that are written anew, and of a domain's default, PostgreSQL keeps no value that is the same for all.
        String expression = column.defaultExpression() == null ? column.typeDefault() : column.defaultExpression();
        return expression != null && CONSTANT.matcher(expression).matches() ? expression : null;
    }

    private void addIndex(Index index, boolean changed) {
        if (target.hasIndex(table.schema(), index.name()) && !changed) {
            return;
        }
        int using = index.definition().indexOf(" USING ");
        if (!mapping.sameColumns() || using < 0) {
            throw refused("has a new index, which cannot be written with the target's names: " + index.definition()
                    + ". Make it on the target under its name");
        }
        boolean unique = index.definition().startsWith("CREATE UNIQUE ");
        statements.add("CREATE " + (unique ? "UNIQUE " : "") + "INDEX " + Identifier.quote(index.name()) + " ON "
                + Identifier.quote(table) + index.definition().substring(using));
    }

    private void addConstraint(Constraint constraint, boolean changed) {
        if (target.hasConstraint(table, constraint.name()) && !changed) {
            return;
        }
        boolean certain = constraint.type().equals("f")
                ? mapping.sameColumns() && mapping.target().equals(mapping.source())
                : mapping.sameColumns();
        if (!certain) {
            throw refused("has a new constraint, which cannot be written with the target's names: " + constraint.name()
                    + " " + constraint.definition() + ". Make it on the target under its name");
        }
        statements.add(alter + "ADD CONSTRAINT " + Identifier.quote(constraint.name()) + " " + constraint.definition());
    }

    private boolean has(Column column) {
        return target.columnType(table, mapping.targetColumn(column.name())) != null;
    }

    private String name(Column column) {
        return Identifier.quote(mapping.targetColumn(column.name()));
    }

    private static String collation(Column column) {
        return column.collation() == null ? "" : " COLLATE " + column.collation();
    }

    private static String identity(Column column) {
        return "GENERATED " + (column.identity().equals("a") ? "ALWAYS" : "BY DEFAULT") + " AS IDENTITY";
    }

    private String byReload() {
        return "Load the table anew by a resume with {\"reload\": [\"" + mapping.source()
                + "\"]}, or bring the target's table in step by hand and skip the command";
    }

    private SluiceException refused(String what) {
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED, "Table " + mapping.source() + " " + what + "; then resume the task.");
    }

    private static <T> Map<String, T> by(List<T> items, Function<T, String> name) {
        return items.stream().collect(Collectors.toMap(name, item -> item));
    }
}
