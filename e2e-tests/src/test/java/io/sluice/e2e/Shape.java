package io.sluice.e2e;

import io.sluice.e2e.Literals.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table of the workload. Its keys come from a small space, so that changes meet: rows are inserted again, moved onto each other's
 * former keys, truncated while others write.
 *
 * @param name quoted where it must be, with its schema
 * @param key its key columns as SQL
 * @param keyOf the key of a number, as SQL expressions
 * @param columns those that are not in the key
 * @param unique a nullable integer column with a unique index of its own; empty when there is none
 * @param oneOfEqual several rows have the key, and a change is of one of them
 */
record Shape(
        String name,
        List<String> ddl,
        String key,
        IntFunction<String> keyOf,
        List<Column> columns,
        String unique,
        boolean oneOfEqual) {
    /** How many keys there are. */
    static final int KEYS = 2_000;

    /** A column and what may stand in it. */
    record Column(String name, Value value) {}

    Shape(String name, List<String> ddl, String key, IntFunction<String> keyOf, List<Column> columns, String unique) {
        this(name, ddl, key, keyOf, columns, unique, false);
    }

    private String allColumns() {
        return key + columns.stream().map(column -> ", " + column.name()).collect(Collectors.joining());
    }

    private String rowOf(int number, SplittableRandom random) {
        return "(" + keyOf.apply(number)
                + columns.stream()
                        .map(column -> ", " + column.value().sql(random))
                        .collect(Collectors.joining())
                + ")";
    }

    /** Writes new rows with these numbers; those that are there already are passed over. */
    String insert(IntStream numbers, SplittableRandom random) {
        return "INSERT INTO " + name + " (" + allColumns() + ") VALUES "
                + numbers.mapToObj(number -> rowOf(number, random)).collect(Collectors.joining(", "))
                + " ON CONFLICT DO NOTHING";
    }

    /** Changes some columns of a row and leaves the others, and with them what is stored out of line, alone. */
    String update(int number, SplittableRandom random) {
        if (columns.isEmpty()) {
            return move(number, random.nextInt(KEYS));
        }
        List<Column> some = new ArrayList<>(columns);
        some.removeIf(column -> random.nextInt(3) > 0);
        if (some.isEmpty()) {
            some.add(columns.get(random.nextInt(columns.size())));
        }
        String sets = some.stream()
                .map(column -> column.name() + " = " + column.value().sql(random))
                .collect(Collectors.joining(", "));
        return "UPDATE " + name + " SET " + sets + where(number);
    }

    /** Gives a row another key, when that is free. */
    String move(int from, int to) {
        return "UPDATE %s AS t SET (%s) = ROW (%s)%s AND NOT EXISTS (SELECT FROM %s%s)"
                .formatted(name, key, keyOf.apply(to), where(from), name, where(to));
    }

    String delete(int number) {
        return "DELETE FROM " + name + where(number);
    }

    /** Deletes a row and answers its text, for {@link #insertText}. */
    String deleteReturning(int number) {
        return "DELETE FROM " + name + " AS t" + where(number) + " RETURNING t::text";
    }

    /** Writes a row from its text, the only parameter; columns that are computed are left to be computed again. */
    String insertText() {
        String values = "(r)." + allColumns().replace(", ", ", (r).");
        return "INSERT INTO %s (%s) SELECT %s FROM (SELECT ?::%s AS r) AS x ON CONFLICT DO NOTHING"
                .formatted(name, allColumns(), values, name);
    }

    private String where(int number) {
        String rows = " WHERE (" + key + ") = (" + keyOf.apply(number) + ")";
        return oneOfEqual ? " WHERE ctid = (SELECT ctid FROM " + name + rows + " LIMIT 1)" : rows;
    }

    /** The swap of a unique value between two rows, through NULL, in as many statements as it takes. */
    List<String> swap(int one, int other) {
        return List.of(
                "CREATE TEMP TABLE swapped ON COMMIT DROP AS SELECT (SELECT %1$s FROM %2$s%3$s) AS a, (SELECT %1$s FROM %2$s%4$s) AS b"
                        .formatted(unique, name, where(one), where(other)),
                "UPDATE %s SET %s = NULL%s".formatted(name, unique, where(one)),
                "UPDATE %s SET %s = (SELECT a FROM swapped)%s".formatted(name, unique, where(other)),
                "UPDATE %s SET %s = (SELECT b FROM swapped)%s".formatted(name, unique, where(one)));
    }
}
