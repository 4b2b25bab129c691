package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObjects.ColumnUse;
import io.sluice.contracts.task.TableName;
import java.sql.SQLException;

/** What needs what, from {@code pg_depend}: chapter 53.18 of the manual. */
final class DependencyReader {

    private DependencyReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        // A sequence depends on the column that owns it, and an index on the constraint it stands under (deptype a, i):
        // that says what is dropped together, not what must be there first.
        String sql = """
                SELECT d.classid, d.objid, d.refclassid, d.refobjid, n.nspname, c.relname, c.relkind, a.attname
                FROM pg_depend d
                LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
                    AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                LEFT JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
                LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 'pg_namespace'::regclass)
                  AND (d.deptype = 'n' OR d.deptype = 'a' AND d.classid <> 'pg_class'::regclass
                      OR d.deptype = 'a' AND EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = d.objid))
                """;
        query.list(sql, row -> {
            Ref from = new Ref(row.getLong("classid"), row.getLong("objid"));
            Ref to = new Ref(row.getLong("refclassid"), row.getLong("refobjid"));
            Ref whole = objects.whole(from);
            objects.addNeed(whole, objects.whole(to));
            if (row.getString("relname") != null) {
                objects.addRelationName(to, new TableName(row.getString("nspname"), row.getString("relname")));
            }
            String column = row.getString("attname");
            if (column != null && !row.getString("relkind").equals("i")) {
                objects.addColumn(
                        objects.find(from) == null ? whole : from,
                        new ColumnUse(new TableName(row.getString("nspname"), row.getString("relname")), column));
            }
            return from;
        });
    }
}
