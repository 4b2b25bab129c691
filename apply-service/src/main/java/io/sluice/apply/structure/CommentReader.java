package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Comments; those of a table and its columns are one object. */
final class CommentReader {

    /** @param column null for a comment on the object itself */
    private record Comment(
            Ref on,
            String type,
            @Nullable String schema,
            @Nullable String name,
            String identity,
            @Nullable String column,
            String text) {}

    private CommentReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT d.classoid, d.objoid, i.type, n.nspname, c.relname, i.identity, a.attname, d.description
                FROM pg_description d
                CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, 0) AS i
                LEFT JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
                LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND d.objsubid > 0 AND a.attnum = d.objsubid
                WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass) AND i.identity IS NOT NULL
                ORDER BY d.classoid, d.objoid, d.objsubid
                """;
        Map<Ref, List<Comment>> comments = new LinkedHashMap<>();
        query.list(sql, row -> {
            Comment comment = new Comment(
                    new Ref(row.getLong("classoid"), row.getLong("objoid")),
                    row.getString("type"),
                    row.getString("nspname"),
                    row.getString("relname"),
                    row.getString("identity"),
                    row.getString("attname"),
                    row.getString("description"));
            comments.computeIfAbsent(comment.on(), ref -> new ArrayList<>()).add(comment);
            return comment;
        });
        comments.forEach((ref, all) -> add(ref, all, objects));
    }

    private static void add(Ref ref, List<Comment> comments, SourceObjects objects) {
        // A key's constraint stands on its index.
        SourceObject on = objects.find(ref) != null ? objects.find(ref) : objects.find(objects.whole(ref));
        if (on == null) {
            return;
        }
        TableName table = on.table();
        objects.add(new SourceObject(
                new Ref(Ref.COMMENTS, ref.catalog() * 10_000_000_000L + ref.oid()),
                ObjectKind.COMMENT,
                on.schema(),
                "on " + comments.getFirst().type() + " " + comments.getFirst().identity(),
                table,
                // What it is on may come only in the end.
                on.timing() == Timing.END ? Timing.END : Timing.ALL_FILLED,
                List.of(on.ref()),
                names -> {
                    List<String> statements = new ArrayList<>();
                    for (Comment comment : comments) {
                        String what = what(comment, names);
                        if (!what.isEmpty()) {
                            statements.add("COMMENT ON " + what + " IS " + Identifier.literal(comment.text()));
                        }
                    }
                    return statements;
                }));
    }

    private static String what(Comment comment, Names names) {
        if (comment.column() != null && comment.schema() != null && comment.name() != null) {
            TableName table = new TableName(comment.schema(), comment.name());
            return names.moves(table, comment.column())
                    ? "COLUMN " + names.relation(table) + "." + names.column(table, comment.column())
                    : "";
        }
        String identity = names.text(comment.identity());
        return switch (comment.type()) {
            case "schema" -> "SCHEMA " + names.schema(unquote(comment.identity()));
            case "table constraint" -> "CONSTRAINT " + identity;
            case "domain constraint" -> "CONSTRAINT " + identity.replace(" on ", " ON DOMAIN ");
            case "statistics object" -> "STATISTICS " + identity;
            case "aggregate" -> "AGGREGATE " + aggregate(identity);
            // "a on schema.table": the name of the table is what can change.
            default -> comment.type().toUpperCase(Locale.ROOT) + " " + identity;
        };
    }

    /** One that counts rows takes no argument, which is written as a star. */
    static String aggregate(String identity) {
        return identity.endsWith("()") ? identity.substring(0, identity.length() - 2) + "(*)" : identity;
    }

    private static String unquote(String name) {
        return SqlTokens.of(name).getFirst().value();
    }
}
