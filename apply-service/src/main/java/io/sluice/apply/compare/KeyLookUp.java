package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.apply.session.DatabaseSession;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads rows of one side by their keys. */
final class KeyLookUp {

    private final DatabaseSession session;
    private final List<Relation> relations;

    KeyLookUp(DatabaseSession session, List<Relation> relations) {
        this.session = session;
        this.relations = relations;
    }

    /** The rows of each key, in the order of the keys. */
    List<List<KeyedRow>> rows(List<List<String>> keys) {
        return session.inTransaction("looking rows up", connection -> rows(connection, keys));
    }

    /** The same within a transaction of another session of this side. */
    List<List<KeyedRow>> rows(Connection connection, List<List<String>> keys) throws SQLException {
        List<List<KeyedRow>> found = new ArrayList<>();
        keys.forEach(key -> found.add(new ArrayList<>()));
        for (Relation relation : relations) {
            read(connection, relation, keys, found);
        }
        return found;
    }

    private static void read(
            Connection connection, Relation relation, List<List<String>> keys, List<List<KeyedRow>> into)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql(relation))) {
            statement.setInt(1, keys.size());
            for (int i = 0; i < relation.key().size(); i++) {
                int place = i;
                Object[] values = keys.stream().map(key -> key.get(place)).toArray();
                statement.setArray(i + 2, connection.createArrayOf("text", values));
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<@Nullable String> values =
                            new ArrayList<>(relation.columns().size());
                    for (int i = 0; i < relation.columns().size(); i++) {
                        values.add(row.getString(i + 3));
                    }
                    into.get(row.getInt(1) - 1).add(new KeyedRow(values, row.getString(2)));
                }
            }
        }
    }

    private static String sql(Relation relation) {
        String images = relation.columns().stream().map(Column::image).collect(joining(", "));
        // Names that no column has, of two relations whose columns are called by their names alone.
        String wanted = IntStream.rangeClosed(1, relation.key().size())
                .mapToObj(i -> ", unnest(?::text[]) AS " + wanted(i))
                .collect(joining());
        String matches = IntStream.range(0, relation.key().size())
                .mapToObj(i -> {
                    Column column = relation.key().get(i);
                    return "t." + column.quoted() + " " + column.equality() + " u." + wanted(i + 1) + "::"
                            + column.type();
                })
                .collect(joining(" AND "));
        return "SELECT u.\"sluice place\", t.\"sluice xmin\", " + images
                + " FROM (SELECT generate_series(1, ?::int) AS \"sluice place\"" + wanted + ") AS u"
                + " JOIN (SELECT xmin::text AS \"sluice xmin\", * FROM " + relation.rowsOf() + " WHERE "
                + relation.where("true") + ") AS t ON " + matches + " ORDER BY u.\"sluice place\"";
    }

    private static String wanted(int place) {
        return "\"sluice key " + place + "\"";
    }
}
