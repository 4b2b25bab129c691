package io.sluice.apply.load;

import io.sluice.apply.session.DatabaseSession;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks, beside the snapshot of a load, whether what is read by its name is what the load was planned for. Under a snapshot
 * a query of the catalog answers as of then, while COPY takes names for what they mean now; so the question has a session
 * of its own. Thread-safe: it is for all workers of a round.
 */
final class ColumnWatch implements AutoCloseable {

    /** As {@link #columns} writes them. */
    private static final Pattern COLUMN = Pattern.compile("(\\d+) (\"(?:[^\"]|\"\")*\"|[^\" ]+) \\d+;");

    private final DatabaseSession source;

    ColumnWatch(DatabaseSession source) {
        this.source = source;
    }

    /**
     * What the columns of relations mean, as the transaction sees it: number, name and type of each, in the order of the
     * numbers. A new column comes at the end, one that was dropped and made again has another number. Of {@code varchar}
     * and {@code text} the values are the same.
     */
    static Map<Long, String> columns(Connection source, Collection<Long> relations) throws SQLException {
        String sql = """
                SELECT a.attrelid::bigint,
                    string_agg(a.attnum || ' ' || quote_ident(a.attname) || ' '
                        || CASE a.atttypid WHEN 'varchar'::regtype THEN 'text'::regtype::oid ELSE a.atttypid END || ';',
                        '' ORDER BY a.attnum)
                FROM pg_attribute a
                WHERE a.attrelid = ANY (?::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
                GROUP BY a.attrelid""";
        Map<Long, String> columns = new HashMap<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(1, source.createArrayOf("int8", relations.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    columns.put(row.getLong(1), row.getString(2));
                }
            }
        }
        return columns;
    }

    /** The columns of one relation as {@code number name}. */
    static List<String> numbered(String columns) {
        List<String> numbered = new ArrayList<>();
        Matcher column = COLUMN.matcher(columns);
        while (column.lookingAt()) {
            String name = column.group(2);
            boolean quoted = name.startsWith("\"");
            numbered.add(column.group(1) + " "
                    + (quoted ? name.substring(1, name.length() - 1).replace("\"\"", "\"") : name));
            column.region(column.end(), columns.length());
        }
        return numbered;
    }

    /**
     * Whether a part is in another file, has another name, or a column of it means something else than when the load was
     * planned; columns and labels of enumerations that have come since do no harm. Asked while locks on what was read are held, it holds for all that
     * was read: what changes a table needs a lock against them, and is visible once it gives that back.
     */
    synchronized boolean changed(Collection<SourcePart> parts) {
        List<Long> relations = parts.stream().map(SourcePart::oid).toList();
        return source.inTransaction("asking whether tables have been changed", connection -> {
            if (!SourceParts.moved(connection, parts).isEmpty()) {
                return true;
            }
            Map<Long, String> now = columns(connection, relations);
            List<SourcePart> labelled =
                    parts.stream().filter(part -> !part.labels().isEmpty()).toList();
            Map<Long, List<EnumLabel>> labels = labelled.isEmpty()
                    ? Map.of()
                    : EnumLabel.read(
                            connection, labelled.stream().map(SourcePart::oid).toList());
            return parts.stream()
                            .anyMatch(part -> !now.getOrDefault(part.oid(), "").startsWith(part.columns()))
                    || labelled.stream()
                            .anyMatch(part -> !Set.copyOf(labels.getOrDefault(part.oid(), List.of()))
                                    .containsAll(part.labels()));
        });
    }

    @Override
    public void close() {
        source.close();
    }
}
