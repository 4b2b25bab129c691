package io.sluice.apply.write;

import io.sluice.apply.change.TableFailure;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The row filter of one table, judged by the target for rows as they are in the stream: the condition is put over the
 * rows' values under the source's names and types, as the load puts it over the table itself. Not thread-safe.
 */
final class RowFilter {

    private static final int MOST_ROWS = 5_000;

    private final TableMapping mapping;
    private final String condition;
    private final List<FilterColumn> columns;
    private final String sql;

    /**
     * A column of the source.
     *
     * @param type what a value is cast to
     * @param collation null for the default of the type
     */
    record FilterColumn(String name, String type, @Nullable String collation) {

        private String over(String value) {
            return value + "::" + type + (collation == null ? "" : " COLLATE " + collation) + " AS "
                    + Identifier.quote(name);
        }
    }

    private RowFilter(TableMapping mapping, String condition, List<FilterColumn> columns) {
        this.mapping = mapping;
        this.condition = condition;
        this.columns = columns;
        this.sql = "SELECT coalesce((" + condition + "), false) FROM (SELECT u.\"sluice place\""
                + IntStream.range(0, columns.size())
                        .mapToObj(i -> ", " + columns.get(i).over("u.c" + (i + 1)))
                        .collect(Collectors.joining())
                + " FROM (SELECT "
                + IntStream.range(0, columns.size())
                        .mapToObj(i -> "unnest(?::text[]) AS c" + (i + 1) + ", ")
                        .collect(Collectors.joining())
                + "generate_series(1, ?::int) AS \"sluice place\") AS u) AS " + alias(mapping) + " ORDER BY "
                + alias(mapping) + ".\"sluice place\"";
    }

    /**
     * Finds out which columns the condition looks at, by asking the target for each whether it can do without.
     *
     * @param columns every column of the source's table
     * @throws TableFailure {@code FILTER_REFUSED} when the target does not take the condition
     */
    static RowFilter of(Connection target, TableMapping mapping, String condition, List<FilterColumn> columns)
            throws SQLException {
        List<FilterColumn> known = columns;
        SQLException refused = refusal(target, mapping, condition, known);
        if (refused != null) {
            // The type of a column that is left out need not be here.
            known = new ArrayList<>();
            for (FilterColumn column : columns) {
                if (refusal(target, mapping, "true", List.of(column)) == null) {
                    known.add(column);
                }
            }
            refused = refusal(target, mapping, condition, known);
        }
        if (refused != null) {
            throw TableFailure.ofSource(
                    mapping.source(),
                    ErrorCode.FILTER_REFUSED,
                    "The target does not take the row filter of table " + mapping.source() + ". "
                            + PostgresErrors.explain(refused, "looking at the filter")
                                    .getMessage());
        }
        List<FilterColumn> used = new ArrayList<>();
        for (FilterColumn column : known) {
            List<FilterColumn> others =
                    known.stream().filter(other -> !other.equals(column)).toList();
            if (refusal(target, mapping, condition, others) != null) {
                used.add(column);
            }
        }
        // A condition without columns still needs rows to be counted.
        String any = columns.getFirst().name();
        return new RowFilter(mapping, condition, used.isEmpty() ? List.of(new FilterColumn(any, "text", null)) : used);
    }

    private static @Nullable SQLException refusal(
            Connection target, TableMapping mapping, String condition, List<FilterColumn> columns) throws SQLException {
        Savepoint before = target.setSavepoint();
        try (Statement statement = target.createStatement()) {
            statement.execute("SELECT (" + condition + ") FROM (SELECT 1 AS \"sluice place\""
                    + columns.stream().map(column -> ", " + column.over("NULL")).collect(Collectors.joining())
                    + ") AS " + alias(mapping) + " LIMIT 0");
            return null;
        } catch (SQLException e) {
            target.rollback(before);
            return e;
        }
    }

    /** The condition may call the table by its name. */
    private static String alias(TableMapping mapping) {
        return Identifier.quote(mapping.source().table());
    }

    /** Whether a row with these columns can be judged. */
    boolean judges(Row row) {
        return columns.stream().allMatch(column -> row.columns().contains(column.name()));
    }

    /** Whether the condition looks at no other columns than these. */
    boolean needsOnly(List<String> names) {
        return columns.stream().allMatch(column -> names.contains(column.name()));
    }

    /** Puts down for each row whether the condition is true. */
    void judge(Connection target, List<Row> rows, IdentityHashMap<Row, Boolean> verdicts) throws SQLException {
        for (int from = 0; from < rows.size(); from += MOST_ROWS) {
            List<Row> some = rows.subList(from, Math.min(rows.size(), from + MOST_ROWS));
            try (PreparedStatement statement = target.prepareStatement(sql)) {
                for (int i = 0; i < columns.size(); i++) {
                    String name = columns.get(i).name();
                    statement.setArray(
                            i + 1,
                            target.createArrayOf(
                                    "text",
                                    some.stream().map(row -> row.value(name)).toArray(String[]::new)));
                }
                statement.setInt(columns.size() + 1, some.size());
                try (ResultSet verdict = statement.executeQuery()) {
                    for (Row row : some) {
                        verdict.next();
                        verdicts.put(row, verdict.getBoolean(1));
                    }
                }
            }
        }
    }

    TableFailure undecidable() {
        return TableFailure.ofSource(
                mapping.source(),
                ErrorCode.FILTER_UNDECIDABLE,
                "A change of table " + mapping.source() + " cannot be judged by its row filter (" + condition
                        + "): the source does not send the old values of "
                        + columns.stream().map(FilterColumn::name).collect(Collectors.joining(", "))
                        + ". ALTER TABLE " + Identifier.quote(mapping.source())
                        + " REPLICA IDENTITY FULL at the source, then reload the table.");
    }
}
