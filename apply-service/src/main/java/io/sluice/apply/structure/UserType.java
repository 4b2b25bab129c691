package io.sluice.apply.structure;

import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TypeFit;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A domain, composite type or range of a user, as far as it decides which values it holds.
 *
 * @param kind as in {@code pg_type.typtype}
 * @param parts what a domain or range is over, without a name; the attributes of a composite type
 */
record UserType(String kind, List<ColumnDefinition> parts) {

    UserType {
        parts = List.copyOf(parts);
    }

    /** All of a database, as {@code format_type} calls them. In words of PostgreSQL 9.2. */
    static Map<String, UserType> read(Query query) throws SQLException {
        Map<String, UserType> types = new LinkedHashMap<>();
        query.list("""
                SELECT format_type(p.oid, -1) AS name, p.typtype, p.part, format_type(p.type, p.modifier) AS type,
                    format_type(p.type, -1) AS cast_type
                FROM (SELECT t.oid, t.typtype, coalesce(a.attname, '') AS part, a.attnum,
                        coalesce(a.atttypid, r.rngsubtype, t.typbasetype) AS type,
                        coalesce(a.atttypmod, t.typtypmod) AS modifier
                    FROM pg_type t
                    JOIN pg_namespace n ON n.oid = t.typnamespace
                    LEFT JOIN pg_class c ON c.oid = t.typrelid
                    LEFT JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                    LEFT JOIN pg_range r ON r.rngtypid = t.oid
                    WHERE t.oid >= 16384 AND (t.typtype IN ('d', 'r') OR c.relkind = 'c') AND
                """ + SchemaReader.OF_USERS + ") AS p ORDER BY p.oid, p.attnum", row -> {
            String name = row.getString("name");
            UserType before = types.getOrDefault(name, new UserType(row.getString("typtype"), List.of()));
            List<ColumnDefinition> parts = new ArrayList<>(before.parts());
            parts.add(new ColumnDefinition(
                    row.getString("part"),
                    row.getString("type"),
                    row.getString("cast_type"),
                    false,
                    null,
                    false,
                    null,
                    Identity.NONE,
                    null,
                    null,
                    "="));
            types.put(name, new UserType(before.kind(), parts));
            return name;
        });
        return types;
    }

    /** The type of the elements of an array; any other type itself. */
    static String element(String type) {
        return type.endsWith("[]") ? type.substring(0, type.length() - 2) : type;
    }

    /** The types of which values of the named one consist, itself included. */
    static void collect(String type, Map<String, UserType> types, Set<String> found) {
        UserType known = types.get(element(type));
        if (known != null && found.add(element(type))) {
            known.parts().forEach(part -> collect(part.castType(), types, found));
        }
    }

    /** Whether every value of the source's type is one of this, unchanged, but for what the types of the parts do. */
    boolean holds(Connection target, UserType source, Names names) throws SQLException {
        boolean same =
                kind.equals(source.kind()) && parts.size() == source.parts().size();
        for (int i = 0; same && i < parts.size(); i++) {
            ColumnDefinition taker = parts.get(i);
            ColumnDefinition given = source.parts().get(i);
            String to = Definitions.plain(taker.castType());
            String from = Definitions.plain(names.text(given.castType()));
            // Bounds of another type can mean another range.
            boolean fits = to.equals(from) || !kind.equals("r") && ExistingTables.assignable(target, from, to);
            same = taker.name().equals(given.name()) && fits && TypeFit.holds(taker, given);
        }
        return same;
    }

    /** As after {@code CREATE DOMAIN … AS} or {@code CREATE TYPE … AS}. */
    @Override
    public String toString() {
        String all = parts.stream()
                .map(part -> (part.name() + " " + part.type()).strip())
                .collect(Collectors.joining(", "));
        return switch (kind) {
            case "d" -> all;
            case "r" -> "RANGE (" + all + ")";
            default -> "(" + all + ")";
        };
    }
}
