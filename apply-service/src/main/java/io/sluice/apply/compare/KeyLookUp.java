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
            for (int i = 0; i < relation.key().size(); i++) {
                int place = i;
                Object[] values = keys.stream().map(key -> key.get(place)).toArray();
                statement.setArray(i + 1, connection.createArrayOf("text", values));
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
        String arrays = relation.key().stream().map(column -> "?::text[]").collect(joining(", "));
        String names = IntStream.rangeClosed(1, relation.key().size())
                .mapToObj(i -> "k" + i)
                .collect(joining(", "));
        String matches = IntStream.range(0, relation.key().size())
                .mapToObj(i -> {
                    Column column = relation.key().get(i);
                    return "t." + column.quoted() + " " + column.equality() + " u.k" + (i + 1) + "::" + column.type();
                })
                .collect(joining(" AND "));
        // The rows are described within, where no name can be taken for one of the wanted keys'.
        return "SELECT u.n, t.* FROM unnest(" + arrays + ") WITH ORDINALITY AS u (" + names + ", n)"
                + " CROSS JOIN LATERAL (SELECT xmin::text, " + images + " FROM " + relation.rowsOf() + " AS t WHERE "
                + relation.where(matches) + ") AS t ORDER BY u.n";
    }
}
