package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Triggers, foreign keys and policies: what acts on a table when rows are written. */
final class TriggerReader {

    /** @param parent OID of the trigger of which this is the one of a partition; 0 for none */
    private record OnTable(Ref ref, long parent, TableName table, Ref relation, String name, String enabled) {}

    private TriggerReader() {}

    static void read(Query query, SourceObjects objects, boolean quiet, DialectRules rules) throws SQLException {
        triggers(query, objects, quiet);
        foreignKeys(query, objects, quiet, rules);
        policies(query, objects);
    }

    /** As ALTER TABLE sets it; null for the usual state. */
    static @Nullable String state(String code) {
        return switch (code) {
            case "D" -> "DISABLE";
            case "R" -> "ENABLE REPLICA";
            case "A" -> "ENABLE ALWAYS";
            default -> null;
        };
    }

    private static void triggers(Query query, SourceObjects objects, boolean quiet) throws SQLException {
        String sql = """
                SELECT t.oid, n.nspname, c.relname, c.oid AS relation, c.relkind, t.tgname, t.tgenabled,
                    pg_get_triggerdef(t.oid) AS definition, coalesce((to_jsonb(t) ->> 'tgparentid')::bigint, 0) AS parent
                FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE NOT t.tgisinternal AND
                """ + query.readable("pg_trigger", "t.oid") + SchemaReader.OF_USERS + " ORDER BY t.oid";
        Map<Long, OnTable> all = new LinkedHashMap<>();
        query.list(sql, row -> {
            TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
            String name = row.getString("tgname");
            String definition = row.getString("definition");
            String enabled = row.getString("tgenabled");
            boolean onView = row.getString("relkind").equals("v");
            Ref ref = new Ref(Ref.TRIGGER, row.getLong("oid"));
            Ref relation = Ref.relation(row.getLong("relation"));
            all.put(ref.oid(), new OnTable(ref, row.getLong("parent"), table, relation, name, enabled));
            if (row.getLong("parent") != 0) {
                return ref;
            }
            objects.add(new SourceObject(
                    ref,
                    ObjectKind.TRIGGER,
                    table.schema(),
                    name + " on " + table,
                    table,
                    fires(enabled, quiet) && !onView ? Timing.END : Timing.ALL_FILLED,
                    List.of(relation),
                    names -> {
                        List<String> statements = new ArrayList<>();
                        statements.add(names.text(definition));
                        String state = state(enabled);
                        if (state != null) {
                            statements.add("ALTER TABLE " + names.relation(table) + " " + state + " TRIGGER "
                                    + Identifier.quote(name));
                        }
                        return statements;
                    }));
            return ref;
        });
        all.values().forEach(trigger -> addState(trigger, all, objects, quiet));
    }

    /** Nothing but one that fires in a replica's session, too, could do its work twice. */
    private static boolean fires(String enabled, boolean quiet) {
        return enabled.equals("R") || enabled.equals("A") || !quiet && enabled.equals("O");
    }

    /** The trigger of a partition comes with that of the whole table, and is enabled as that is. */
    private static void addState(OnTable trigger, Map<Long, OnTable> all, SourceObjects objects, boolean quiet) {
        OnTable root = trigger;
        for (OnTable parent = all.get(root.parent()); parent != null; parent = all.get(root.parent())) {
            root = parent;
        }
        if (root.enabled().equals(trigger.enabled())) {
            return;
        }
        boolean fires = fires(root.enabled(), quiet) || fires(trigger.enabled(), quiet);
        String state = state(trigger.enabled());
        objects.add(new SourceObject(
                new Ref(Ref.TRIGGER, trigger.ref().oid()),
                ObjectKind.TRIGGER,
                trigger.table().schema(),
                "state of " + trigger.name() + " on " + trigger.table(),
                trigger.table(),
                fires ? Timing.END : Timing.ALL_FILLED,
                List.of(trigger.relation(), root.ref()),
                names -> List.of("ALTER TABLE ONLY " + names.relation(trigger.table()) + " "
                        + (state == null ? "ENABLE" : state) + " TRIGGER " + Identifier.quote(trigger.name()))));
    }

    private static void foreignKeys(Query query, SourceObjects objects, boolean quiet, DialectRules rules)
            throws SQLException {
        String sql = """
                SELECT o.oid, n.nspname, c.relname, c.oid AS relation, o.conname, pg_get_constraintdef(o.oid) AS definition,
                    rn.nspname AS other_schema, rc.relname AS other_table, rc.oid AS other,
                    ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY AS k (attnum, place)
                        JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum ORDER BY k.place) AS columns,
                    ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY AS k (attnum, place)
                        JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.attnum ORDER BY k.place)
                        AS other_columns
                FROM pg_constraint o
                JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class rc ON rc.oid = o.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
                WHERE o.contype = 'f' AND coalesce((to_jsonb(o) ->> 'conparentid')::bigint, 0) = 0 AND
                """ + SchemaReader.OF_USERS + " ORDER BY o.oid";
        query.list(sql, row -> {
            TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
            TableName other = new TableName(row.getString("other_schema"), row.getString("other_table"));
            String name = row.getString("conname");
            String definition = row.getString("definition");
            Ref ref = new Ref(Ref.CONSTRAINT, row.getLong("oid"));
            rules.addForeignKey(ref, table, Query.strings(row, "columns"), other, Query.strings(row, "other_columns"));
            objects.add(new SourceObject(
                    ref,
                    ObjectKind.FOREIGN_KEY,
                    table.schema(),
                    name + " on " + table,
                    table,
                    quiet ? Timing.ALL_FILLED : Timing.END,
                    List.of(Ref.relation(row.getLong("relation")), Ref.relation(row.getLong("other"))),
                    names -> List.of("ALTER TABLE " + names.relation(table) + " ADD CONSTRAINT "
                            + Identifier.quote(name) + " " + foreignKey(names, table, other, definition))));
            return ref;
        });
    }

    /** {@code FOREIGN KEY (a) REFERENCES s.t(b) ON DELETE SET NULL (a)}: the columns in the middle are the other table's. */
    private static String foreignKey(Names names, TableName table, TableName other, String definition) {
        if (!names.changes()) {
            return definition;
        }
        List<SqlTokens.Token> tokens = SqlTokens.of(definition);
        int references = 0;
        while (!tokens.get(references).is("REFERENCES")) {
            references++;
        }
        int end = references;
        while (!tokens.get(end).is(")")) {
            end++;
        }
        return names.over(table, join(tokens.subList(0, references)))
                + names.over(other, join(tokens.subList(references, end + 1)))
                + names.over(table, join(tokens.subList(end + 1, tokens.size())));
    }

    private static String join(List<SqlTokens.Token> tokens) {
        StringBuilder text = new StringBuilder();
        tokens.forEach(token -> text.append(token.text()));
        return text.toString();
    }

    private static void policies(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT p.oid, n.nspname, c.relname, c.oid AS relation, p.polname, p.polcmd,
                    coalesce((to_jsonb(p) ->> 'polpermissive')::boolean, true) AS polpermissive,
                    ARRAY(SELECT CASE WHEN role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END
                        FROM unnest(p.polroles) AS role) AS roles,
                    pg_get_expr(p.polqual, p.polrelid) AS condition, pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
                FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE
                """ + query.readable("pg_policy", "p.oid") + SchemaReader.OF_USERS + " ORDER BY p.oid";
        query.list(sql, row -> {
            SourceObject policy = policy(row);
            objects.add(policy);
            return policy.ref();
        });
        enforcement(query, objects);
    }

    private static SourceObject policy(ResultSet row) throws SQLException {
        TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
        String name = row.getString("polname");
        String command = switch (row.getString("polcmd")) {
            case "r" -> "SELECT";
            case "a" -> "INSERT";
            case "w" -> "UPDATE";
            case "d" -> "DELETE";
            default -> "ALL";
        };
        String kind = row.getBoolean("polpermissive") ? "PERMISSIVE" : "RESTRICTIVE";
        String roles = String.join(", ", Query.strings(row, "roles"));
        String condition = row.getString("condition");
        String check = row.getString("with_check");
        return new SourceObject(
                new Ref(Ref.POLICY, row.getLong("oid")),
                ObjectKind.POLICY,
                table.schema(),
                name + " on " + table,
                table,
                Timing.ALL_FILLED,
                List.of(Ref.relation(row.getLong("relation"))),
                names -> List.of("CREATE POLICY " + Identifier.quote(name) + " ON " + names.relation(table) + " AS "
                        + kind + " FOR " + command + " TO " + roles
                        + (condition == null ? "" : " USING (" + names.query(condition) + ")")
                        + (check == null ? "" : " WITH CHECK (" + names.query(check) + ")")));
    }

    private static void enforcement(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT c.oid, n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND
                """ + SchemaReader.OF_USERS + " ORDER BY c.oid";
        query.list(sql, row -> {
            TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
            Ref relation = Ref.relation(row.getLong("oid"));
            if (row.getBoolean("relrowsecurity")) {
                objects.add(security(table, relation, Ref.SECURITY, "ENABLE", Timing.ALL_FILLED));
            }
            if (row.getBoolean("relforcerowsecurity")) {
                // It would hold for the account that Sluice writes with.
                objects.add(security(table, relation, Ref.FORCED_SECURITY, "FORCE", Timing.END));
            }
            return table;
        });
    }

    private static SourceObject security(TableName table, Ref relation, long catalog, String what, Timing timing) {
        return new SourceObject(
                new Ref(catalog, relation.oid()),
                ObjectKind.POLICY,
                table.schema(),
                what.toLowerCase(Locale.ROOT) + " row security on " + table,
                table,
                timing,
                List.of(relation),
                names -> List.of("ALTER TABLE " + names.relation(table) + " " + what + " ROW LEVEL SECURITY"));
    }
}
