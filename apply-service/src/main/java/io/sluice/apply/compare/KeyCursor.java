package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Keys and hashes of some pieces of one side, in the order of the keys' bytes. Rows of one key come as one entry. Holds a
 * bounded number of rows. Not thread-safe.
 */
final class KeyCursor implements AutoCloseable {

    private static final int FETCH = 2_000;

    private final Statement statement;
    private final ResultSet rows;
    private final TableName table;
    private final int keyLength;
    private boolean more;

    /**
     * The rows of one key.
     *
     * @param hashes ascending
     */
    record Entry(List<String> key, List<Long> hashes) {}

    /**
     * @param after the key after which the rows begin; null for all of them
     * @param within the condition for the rows that are wanted
     */
    KeyCursor(
            Connection connection,
            List<Relation> relations,
            RowHash hash,
            boolean content,
            @Nullable List<String> after,
            Function<Relation, String> within)
            throws SQLException {
        this.table = relations.getFirst().name();
        this.keyLength = relations.getFirst().key().size();
        String keys = IntStream.rangeClosed(1, keyLength).mapToObj(i -> "k" + i).collect(joining(", "));
        String sql = relations.stream()
                .map(relation -> select(relation, hash, content, within.apply(relation)))
                .collect(joining(
                        " UNION ALL ", "SELECT * FROM (", ") AS r" + from(keys, after) + " ORDER BY " + keys + ", h"));
        this.statement = connection.createStatement();
        statement.setFetchSize(FETCH);
        this.rows = statement.executeQuery(sql);
        this.more = rows.next();
    }

    private static String from(String keys, @Nullable List<String> after) {
        return after == null
                ? ""
                : " WHERE (" + keys + ") > ("
                        + after.stream()
                                .map(value -> Identifier.literal(value) + "::text")
                                .collect(joining(", "))
                        + ")";
    }

    private static String select(Relation relation, RowHash hash, boolean content, String within) {
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < relation.key().size(); i++) {
            Column column = relation.key().get(i);
            keys.append(column.keyText()).append(" AS k").append(i + 1).append(", ");
        }
        return "SELECT " + keys + (content ? hash.of(relation.columns()) : "0") + " AS h FROM " + relation.rowsOf()
                + " WHERE " + relation.where(within);
    }

    /** Null at the end. */
    @Nullable
    Entry next() throws SQLException {
        if (!more) {
            return null;
        }
        List<String> key = key();
        List<Long> hashes = new ArrayList<>(1);
        do {
            hashes.add(rows.getLong(keyLength + 1));
            more = rows.next();
        } while (more && key().equals(key));
        return new Entry(key, hashes);
    }

    private List<String> key() throws SQLException {
        List<String> key = new ArrayList<>(keyLength);
        for (int i = 1; i <= keyLength; i++) {
            String value = rows.getString(i);
            if (value == null) {
                // Where the database promises NOT NULL of rows that it has not looked at (NOT VALID).
                throw new SluiceException(
                        ErrorCode.TABLE_WITHOUT_KEY,
                        "Table " + table
                                + " has rows with NULL in their key although it is declared NOT NULL, so that they"
                                + " cannot be told apart. Correct them and compare again.");
            }
            key.add(value);
        }
        return key;
    }

    /** In the order of the servers: that of UTF-8, which is that of code points. */
    static int compare(List<String> left, List<String> right) {
        for (int i = 0; i < left.size(); i++) {
            int order = compare(left.get(i), right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static int compare(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                // A surrogate stands for a code point above every other character.
                boolean above = Character.isSurrogate(a);
                return above == Character.isSurrogate(b) ? Character.compare(a, b) : above ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
