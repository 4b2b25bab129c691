package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The statement that makes one row of the target what it is at the source. */
final class Repair {

    /** One for a larger row is not written down. */
    static final int MOST_CHARACTERS = 1_000_000;

    private final ComparedTable table;
    private final TargetDialect dialect;

    Repair(ComparedTable table, TargetDialect dialect) {
        this.table = table;
        this.dialect = dialect;
    }

    String of(Difference difference) {
        String statement = switch (difference.kind()) {
            case MISSING -> insert(Objects.requireNonNull(difference.source()), difference.times());
            case EXTRA -> delete(difference);
            case CHANGED -> update(difference);
        };
        return statement.length() <= MOST_CHARACTERS
                ? statement
                : "-- A row of " + table.name() + " is too large for this file; copy it by hand. Its key: "
                        + difference.key().toString().replaceAll("[\\r\\n]", " ");
    }

    private String insert(List<@Nullable String> values, long times) {
        List<String> names = new ArrayList<>();
        List<String> literals = new ArrayList<>();
        forEachWritable((place, column) -> {
            names.add(column.quoted());
            literals.add(typed(column, values.get(place)));
        });
        String statement = "INSERT INTO " + table.target().quoted() + " (" + String.join(", ", names) + ")"
                + dialect.overridingIdentity() + " ";
        String row = String.join(", ", literals);
        return times == 1
                ? statement + "VALUES (" + row + ");"
                : statement + "SELECT " + row + " FROM generate_series(1, " + times + ");";
    }

    private String update(Difference difference) {
        List<@Nullable String> source = Objects.requireNonNull(difference.source());
        List<@Nullable String> target = Objects.requireNonNull(difference.target());
        List<String> sets = new ArrayList<>();
        forEachWritable((place, column) -> {
            if (!Objects.equals(source.get(place), target.get(place))) {
                sets.add(column.quoted() + " = " + typed(column, source.get(place)));
            }
        });
        return sets.isEmpty()
                ? "-- Only generated columns of a row of " + table.name() + " differ: correct their expressions."
                : "UPDATE " + table.target().rowsOf() + " SET " + String.join(", ", sets) + " WHERE "
                        + key(difference.key()) + ";";
    }

    private String delete(Difference difference) {
        if (table.keyed()) {
            return "DELETE FROM " + table.target().rowsOf() + " WHERE " + key(difference.key()) + ";";
        }
        List<@Nullable String> values = Objects.requireNonNull(difference.target());
        List<Column> columns = table.target().columns();
        String matches = IntStream.range(0, columns.size())
                .mapToObj(i -> columns.get(i).image() + " IS NOT DISTINCT FROM " + literal(values.get(i)))
                .collect(joining(" AND "));
        // Rows that are alike in every column cannot be told apart otherwise; each partition has places of its own.
        return "DELETE FROM " + table.target().rowsOf() + " WHERE " + matches
                + " AND (tableoid, ctid) IN (SELECT tableoid, ctid FROM "
                + table.target().rowsOf() + " WHERE " + matches + " LIMIT " + difference.times() + ");";
    }

    private String key(List<String> values) {
        List<Column> key = table.target().key();
        return IntStream.range(0, key.size())
                .mapToObj(
                        i -> key.get(i).quoted() + " " + key.get(i).equality() + " " + typed(key.get(i), values.get(i)))
                .collect(joining(" AND "));
    }

    /** A column and its place. */
    @FunctionalInterface
    private interface Visitor {
        void visit(int place, Column column);
    }

    private void forEachWritable(Visitor visitor) {
        List<Column> columns = table.target().columns();
        for (int i = 0; i < columns.size(); i++) {
            if (table.writable().contains(columns.get(i).name())) {
                visitor.visit(i, columns.get(i));
            }
        }
    }

    private static String typed(Column column, @Nullable String value) {
        return value == null ? "NULL" : Identifier.literal(value) + "::" + column.type();
    }

    private static String literal(@Nullable String value) {
        return value == null ? "NULL" : Identifier.literal(value) + "::text";
    }
}
