package io.sluice.localstack.compare;

import io.sluice.localstack.compare.RowComparison.Column;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The rows of one table in the byte order of their key, a few at a time in memory. */
final class RowCursor implements AutoCloseable {
    private static final int FETCHED_ROWS = 1_000;

    /** The order of {@code COLLATE "C"}: UTF-8 bytes, unsigned. Java's own order of strings differs beyond the basic plane. */
    private static final Comparator<@Nullable String> BYTE_ORDER = Comparator.nullsFirst((left, right) ->
            Arrays.compareUnsigned(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8)));

    private final Statement statement;
    private final ResultSet rows;
    private final List<Column> columns;
    private final int[] keyIndexes;
    private List<@Nullable String> values = List.of();
    private boolean hasRow;
    private long count;

    private RowCursor(Statement statement, ResultSet rows, List<Column> columns, int[] keyIndexes) {
        this.statement = statement;
        this.rows = rows;
        this.columns = columns;
        this.keyIndexes = keyIndexes;
    }

    static RowCursor open(Connection connection, TableName table, List<Column> columns) throws SQLException {
        boolean keyed = columns.stream().anyMatch(Column::inKey);
        int[] keyIndexes = IntStream.range(0, columns.size())
                .filter(index -> !keyed || columns.get(index).inKey())
                .toArray();
        String select = columns.stream()
                .map(column -> TableName.quote(column.name()) + "::text")
                .collect(Collectors.joining(", "));
        String order = Arrays.stream(keyIndexes)
                .mapToObj(index -> TableName.quote(columns.get(index).name()) + "::text COLLATE \"C\" NULLS FIRST")
                .collect(Collectors.joining(", "));
        Statement statement = connection.createStatement();
        statement.setFetchSize(FETCHED_ROWS);
        String sql = "SELECT %s FROM ONLY %s%s"
                .formatted(
                        select.isEmpty() ? "1" : select, table.quoted(), order.isEmpty() ? "" : " ORDER BY " + order);
        return new RowCursor(statement, statement.executeQuery(sql), columns, keyIndexes);
    }

    void advance() throws SQLException {
        hasRow = rows.next();
        if (hasRow) {
            count++;
            List<@Nullable String> read = new ArrayList<>(columns.size());
            for (int index = 1; index <= columns.size(); index++) {
                read.add(rows.getString(index));
            }
            values = read;
        }
    }

    boolean hasRow() {
        return hasRow;
    }

    /** Rows read so far. */
    long rows() {
        return count;
    }

    List<@Nullable String> values() {
        return values;
    }

    /** Negative when this row comes before the other's, or when only this side has one. */
    int compareKey(RowCursor other) {
        if (!hasRow || !other.hasRow) {
            return hasRow ? -1 : 1;
        }
        for (int index : keyIndexes) {
            int order = BYTE_ORDER.compare(values.get(index), other.values.get(index));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    String key() {
        return Arrays.stream(keyIndexes).mapToObj(this::pair).collect(Collectors.joining(", "));
    }

    String image() {
        return IntStream.range(0, columns.size()).mapToObj(this::pair).collect(Collectors.joining(", "));
    }

    private String pair(int index) {
        return columns.get(index).name() + "=" + values.get(index);
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
