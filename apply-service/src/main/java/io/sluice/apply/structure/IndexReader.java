package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.apply.structure.SourceObjects.ColumnUse;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Indexes, the constraints that stand on them, and statistics objects. */
final class IndexReader {

    /**
     * An index of the source.
     *
     * @param constraint its name; null when the index stands for itself
     * @param simple a primary or unique key that is looked at with every row: an index that is there can become it
     * @param parent OID of the index of the parent table that this is a part of; 0 for none
     */
    private record Index(
            Ref ref,
            TableName table,
            Ref tableRef,
            boolean ofView,
            boolean partitioned,
            String name,
            String definition,
            boolean unique,
            boolean identifies,
            @Nullable String constraint,
            @Nullable Ref constraintRef,
            @Nullable String constraintDefinition,
            boolean primary,
            boolean simple,
            @Nullable String parentSchema,
            @Nullable String parentName,
            long parent,
            List<String> columns,
            List<String> keys,
            List<String> statistics) {}

    private IndexReader() {}

    static void read(Query query, Collection<Long> tables, SourceObjects objects, Names names, DialectRules rules)
            throws SQLException {
        String sql = """
                SELECT i.indexrelid, i.indrelid, n.nspname, r.relname, r.relkind, c.relname AS index_name,
                    pg_get_indexdef(i.indexrelid) AS definition, i.indisunique,
                    i.indisprimary OR i.indisreplident AS identifies, i.indisprimary,
                    o.oid AS constraint_oid, o.conname, pg_get_constraintdef(o.oid) AS constraint_definition,
                    o.contype IN ('p', 'u') AND NOT o.condeferrable
                        AND NOT coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false) AND r.relkind <> 'p' AS simple,
                    pn.nspname AS parent_schema, pc.relname AS parent_name, h.inhparent,
                    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid
                        AND a.attnum = ANY (i.indkey::int2[])) AS columns,
                    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid
                        AND a.attnum = ANY ((i.indkey::int2[])[0 : coalesce((to_jsonb(i) ->> 'indnkeyatts')::int, i.indnatts) - 1])) AS keys,
                    ARRAY(SELECT a.attnum || ' SET STATISTICS ' || (to_jsonb(a) ->> 'attstattarget')
                        FROM pg_attribute a WHERE a.attrelid = i.indexrelid
                          AND coalesce((to_jsonb(a) ->> 'attstattarget')::int, -1) >= 0 ORDER BY a.attnum) AS statistics
                FROM pg_index i
                JOIN pg_class c ON c.oid = i.indexrelid
                JOIN pg_class r ON r.oid = i.indrelid
                JOIN pg_namespace n ON n.oid = r.relnamespace
                LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')
                LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
                LEFT JOIN pg_class pc ON pc.oid = h.inhparent
                LEFT JOIN pg_namespace pn ON pn.oid = pc.relnamespace
                WHERE (i.indisvalid OR r.relkind = 'p') AND (i.indrelid = ANY (?::bigint[]::oid[]) OR r.relkind = 'm')
                  AND
                """ + SchemaReader.OF_USERS + " ORDER BY i.indexrelid";
        for (Index index : query.list(sql, IndexReader::index, tables)) {
            TableName name = new TableName(index.table().schema(), index.name());
            names.addRelation(name, new TableName(names.target(index.table()).schema(), index.name()));
            index.columns().forEach(column -> objects.addColumn(index.ref(), new ColumnUse(index.table(), column)));
            if (index.unique()) {
                rules.addUnique(index.ref(), index.table(), index.keys());
                rules.addUnique(new Ref(Ref.KEY, index.ref().oid()), index.table(), index.keys());
            }
            if (index.constraint() == null || index.simple()) {
                objects.add(plain(index));
            }
            if (index.constraintRef() != null) {
                objects.addPart(
                        index.constraintRef(), new Ref(Ref.KEY, index.ref().oid()));
                objects.add(constraint(index));
                if (!index.simple()) {
                    objects.addPart(index.ref(), new Ref(Ref.KEY, index.ref().oid()));
                }
            }
            if (index.parent() != 0) {
                objects.add(attachment(index));
            }
        }
        statistics(query, tables, objects);
    }

    private static Index index(ResultSet row) throws SQLException {
        String constraint = row.getString("conname");
        return new Index(
                Ref.relation(row.getLong("indexrelid")),
                new TableName(row.getString("nspname"), row.getString("relname")),
                Ref.relation(row.getLong("indrelid")),
                row.getString("relkind").equals("m"),
                row.getString("relkind").equals("p"),
                row.getString("index_name"),
                row.getString("definition"),
                row.getBoolean("indisunique"),
                row.getBoolean("identifies"),
                constraint,
                constraint == null ? null : new Ref(Ref.CONSTRAINT, row.getLong("constraint_oid")),
                row.getString("constraint_definition"),
                row.getBoolean("indisprimary"),
                row.getBoolean("simple"),
                row.getString("parent_schema"),
                row.getString("parent_name"),
                row.getLong("inhparent"),
                Query.strings(row, "columns"),
                Query.strings(row, "keys"),
                Query.strings(row, "statistics"));
    }

    private static SourceObject plain(Index index) {
        boolean filledLater = index.ofView() || index.partitioned();
        return new SourceObject(
                index.ref(),
                index.identifies()
                        ? ObjectKind.KEY
                        : index.constraint() == null ? ObjectKind.INDEX : ObjectKind.CONSTRAINT,
                index.table().schema(),
                "index " + index.name() + " on " + index.table(),
                index.table(),
                filledLater ? Timing.ALL_FILLED : Timing.TABLE_FILLED,
                List.of(index.tableRef()),
                names -> {
                    List<String> statements = new ArrayList<>();
                    statements.add(definition(index, names));
                    String name = names.relation(new TableName(index.table().schema(), index.name()));
                    index.statistics()
                            .forEach(statistic -> statements.add("ALTER INDEX " + name + " ALTER COLUMN " + statistic));
                    return statements;
                });
    }

    private static String definition(Index index, Names names) {
        if (!names.changes()) {
            return index.definition();
        }
        // What comes before says which index and table, which is known; what comes after, which columns.
        int using = index.definition().indexOf(" USING ");
        return "CREATE " + (index.unique() ? "UNIQUE " : "") + "INDEX " + Identifier.quote(index.name()) + " ON "
                + (index.partitioned() ? "ONLY " : "") + names.relation(index.table())
                + names.over(index.table(), index.definition().substring(using));
    }

    private static SourceObject constraint(Index index) {
        String name = String.valueOf(index.constraint());
        return new SourceObject(
                new Ref(Ref.KEY, index.ref().oid()),
                index.identifies() ? ObjectKind.KEY : ObjectKind.CONSTRAINT,
                index.table().schema(),
                name + " on " + index.table(),
                index.table(),
                index.partitioned() ? Timing.ALL_FILLED : Timing.TABLE_FILLED_ALONE,
                index.simple() ? List.of(index.tableRef(), index.ref()) : List.of(index.tableRef()),
                names -> List.of("ALTER TABLE " + (index.partitioned() ? "ONLY " : "") + names.relation(index.table())
                        + " ADD CONSTRAINT " + Identifier.quote(name) + " "
                        + (index.simple()
                                ? (index.primary() ? "PRIMARY KEY" : "UNIQUE") + " USING INDEX "
                                        + Identifier.quote(index.name())
                                : names.over(index.table(), String.valueOf(index.constraintDefinition())))));
    }

    private static SourceObject attachment(Index index) {
        TableName parent = new TableName(String.valueOf(index.parentSchema()), String.valueOf(index.parentName()));
        List<Ref> uses = List.of(
                index.tableRef(),
                index.ref(),
                Ref.relation(index.parent()),
                new Ref(Ref.KEY, index.ref().oid()),
                new Ref(Ref.KEY, index.parent()));
        return new SourceObject(
                new Ref(Ref.ATTACHMENT, index.ref().oid()),
                ObjectKind.INDEX,
                index.table().schema(),
                "attachment of " + index.name() + " on " + index.table(),
                index.table(),
                Timing.ALL_FILLED,
                uses,
                names -> List.of("ALTER INDEX " + names.relation(parent) + " ATTACH PARTITION "
                        + names.relation(new TableName(index.table().schema(), index.name()))));
    }

    private static void statistics(Query query, Collection<Long> tables, SourceObjects objects) throws SQLException {
        if (query.before10()) {
            return;
        }
        String sql = """
                SELECT s.oid, sn.nspname AS schema, s.stxname, n.nspname, c.relname, c.oid AS relation, c.relkind,
                    pg_get_statisticsobjdef(s.oid) AS definition,
                    nullif((to_jsonb(s) ->> 'stxstattarget')::int, -1) AS target
                FROM pg_statistic_ext s
                JOIN pg_namespace sn ON sn.oid = s.stxnamespace
                JOIN pg_class c ON c.oid = s.stxrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE s.stxrelid = ANY (?::bigint[]::oid[]) OR c.relkind = 'm' ORDER BY s.oid
                """;
        query.list(
                sql,
                row -> {
                    TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
                    String schema = row.getString("schema");
                    String name = row.getString("stxname");
                    String definition = row.getString("definition");
                    String target = row.getString("target");
                    Ref ref = new Ref(Ref.STATISTICS, row.getLong("oid"));
                    objects.add(new SourceObject(
                            ref,
                            ObjectKind.STATISTICS,
                            schema,
                            schema + "." + name,
                            table,
                            row.getString("relkind").equals("m") ? Timing.ALL_FILLED : Timing.TABLE_FILLED_ALONE,
                            List.of(Ref.relation(row.getLong("relation"))),
                            names -> {
                                List<String> statements = new ArrayList<>();
                                statements.add(names.over(table, definition));
                                if (target != null) {
                                    statements.add("ALTER STATISTICS " + names.object(schema, name) + " SET STATISTICS "
                                            + target);
                                }
                                return statements;
                            }));
                    return ref;
                },
                tables);
    }
}
