package io.sluice.task.objects;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.PageRequest;
import io.sluice.postgres.OwnSchemas;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which objects to list, in order of schema, name, kind and part.
 *
 * @param text part of the name without regard to case; of the qualified name when it has a dot
 * @param table whose parts are listed; only with kinds of parts
 */
record ObjectQuery(
        @Nullable String text,
        @Nullable String schema,
        @Nullable String table,
        List<ObjectKind> kinds) {

    /** What a page is made of; its key is what the next page begins after. */
    record Found(ObjectKind kind, String schema, String name, String part, long oid) {

        String key() {
            return Json.write(List.of(schema, name, kind.name(), part));
        }
    }

    /** Everything but columns and indexes, unless they are asked for: there are many, and they belong to their tables. */
    static List<ObjectKind> usual(@Nullable String table) {
        return Arrays.stream(ObjectKind.values())
                .filter(kind -> table == null ? kind != ObjectKind.COLUMN && kind != ObjectKind.INDEX : kind.ofTable())
                .toList();
    }

    List<Found> page(Connection connection, PageRequest request) throws SQLException {
        List<String> after = after(request);
        List<Object> parameters = new ArrayList<>();
        List<String> branches = new ArrayList<>();
        for (ObjectKind kind : kinds) {
            branches.add(branch(kind, after, request.fetchSize(), parameters));
        }
        String sql = "SELECT * FROM (" + String.join(" UNION ALL ", branches) + ") found ORDER BY 2, 3, 1, 4 LIMIT "
                + request.fetchSize();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
            List<Found> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new Found(
                            ObjectKind.valueOf(row.getString(1)),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getLong(5)));
                }
            }
            return found;
        }
    }

    /** One order for every kind, whatever the collation of the database: that of the bytes. */
    private String branch(ObjectKind kind, List<String> after, int limit, List<Object> parameters) {
        StringBuilder sql = new StringBuilder("(SELECT kind, schema, name, part, oid FROM (SELECT '" + kind
                + "'::text COLLATE \"C\" AS kind, o.schema::text COLLATE \"C\" AS schema, o.name::text COLLATE \"C\" AS"
                + " name, o.part::text COLLATE \"C\" AS part, o.oid FROM (" + kind.listing() + ") o) k"
                + " WHERE schema NOT IN ('pg_catalog', 'information_schema', " + OwnSchemas.LIST + ")"
                + " AND schema !~ '^pg_(toast|temp_)'");
        if (schema != null) {
            sql.append(" AND schema = ?");
            parameters.add(schema);
        }
        if (table != null) {
            sql.append(" AND name = ?");
            parameters.add(table);
        }
        if (text != null) {
            String own = kind.ofTable() ? "part" : "name";
            String qualified = kind.ofTable() ? "schema || '.' || name || '.' || part" : "schema || '.' || name";
            // In the order of the bytes only ASCII has a lower case.
            sql.append(" AND strpos(lower((" + (text.contains(".") ? qualified : own)
                    + ") COLLATE \"default\"), lower(?::text COLLATE \"default\")) > 0");
            parameters.add(text);
        }
        if (!after.isEmpty()) {
            sql.append(" AND (schema, name, kind, part) > (?, ?, ?, ?)");
            parameters.addAll(after);
        }
        return sql.append(" ORDER BY schema, name, kind, part LIMIT " + limit + ")")
                .toString();
    }

    private static List<String> after(PageRequest request) {
        if (request.after() == null) {
            return List.of();
        }
        @Nullable String @Nullable [] parts;
        try {
            parts = Json.read(request.after(), String[].class);
        } catch (SluiceException e) {
            throw PageRequest.invalidCursor();
        }
        if (parts == null
                || parts.length != 4
                || Arrays.stream(parts).anyMatch(part -> part == null || part.indexOf('\0') >= 0)) {
            throw PageRequest.invalidCursor();
        }
        return List.of(parts);
    }
}
