package io.sluice.postgres.catalog;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.OwnSchemas;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads tables from the system catalogs (chapter 53 of the manual), a few queries whatever the number of tables. The
 * session must have {@code search_path=pg_catalog}, as {@link io.sluice.postgres.Connections} sets it.
 */
public final class Catalog {

    private static final String USER_TABLES = """
            c.relkind IN ('r', 'p', 'f')
              AND n.nspname NOT IN ('pg_catalog', 'information_schema',\s""" + OwnSchemas.LIST + """
              )
              AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp\\_%'
              AND NOT EXISTS (SELECT 1 FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
            """;

    private final Connection connection;

    public Catalog(Connection connection) {
        this.connection = connection;
    }

    /** Every table of the users' schemas, sorted; not those that belong to an extension. */
    public List<TableName> listTables() {
        String sql = "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                + USER_TABLES;
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            List<TableName> names = new ArrayList<>();
            while (rows.next()) {
                names.add(new TableName(rows.getString(1), rows.getString(2)));
            }
            names.sort(null);
            return names;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "listing tables");
        }
    }

    /** The definitions of those of the named tables that exist. */
    public Map<TableName, TableDefinition> findTables(Collection<TableName> names) {
        try {
            Map<Long, TableDefinition> tables = readTables(names, true);
            estimatePartitioned(tables);
            Map<Long, List<ColumnDefinition>> columns = readColumns(tables.keySet());
            Map<TableName, TableDefinition> found = new HashMap<>();
            tables.forEach(
                    (oid, table) -> found.put(table.name(), table.withColumns(columns.getOrDefault(oid, List.of()))));
            return found;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading table definitions");
        }
    }

    /** The same without columns and sizes, which take most of the time. */
    public Map<TableName, TableDefinition> findKeys(Collection<TableName> names) {
        try {
            Map<TableName, TableDefinition> found = new HashMap<>();
            readTables(names, false).values().forEach(table -> found.put(table.name(), table));
            return found;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading table definitions");
        }
    }

    private Map<Long, TableDefinition> readTables(Collection<TableName> names, boolean sized) throws SQLException {
        // In words of PostgreSQL 9.2, whose grammar and catalog openGauss has. What came later is read through
        // row_to_json,
        // which knows the columns that there are: partitions with PostgreSQL 10, and columns of an index that are no
        // key
        // with 11.
        String sql = """
                SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident,
                       coalesce((row_to_json(c) ->> 'relispartition')::boolean, false) AS is_partition,
                       greatest(c.reltuples, 0)::bigint AS rows,
                       %s AS bytes, %s AS pages,
                       EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = c.oid OR h.inhparent = c.oid) AS inherits,
                       %s AS primary_key, %s AS identity_index
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('r', 'p', 'f')
                LEFT JOIN (SELECT DISTINCT relation FROM pg_locks
                           WHERE granted AND mode = 'AccessExclusiveLock'
                             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                             AND pid <> pg_backend_pid()) AS locked
                    ON locked.relation = c.oid
                """.formatted(
                sized ? sizeOf("pg_table_size(c.oid)", "c.relpages * current_setting('block_size')::bigint") : "0",
                sized ? sizeOf("pg_relation_size(c.oid) / current_setting('block_size')::bigint", "c.relpages") : "0",
                keyOf("indisprimary"),
                keyOf("indisreplident"));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            TableArrays.set(statement, 1, names);
            Map<Long, TableDefinition> tables = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableDefinition table = table(row);
                    tables.put(table.oid(), table);
                }
            }
            return tables;
        }
    }

    /** Of a partitioned table itself statistics are there only where a user has asked for them by ANALYZE. */
    private void estimatePartitioned(Map<Long, TableDefinition> tables) throws SQLException {
        Object[] roots = tables.values().stream()
                .filter(table -> table.kind() == Kind.PARTITIONED)
                .map(TableDefinition::oid)
                .toArray();
        if (roots.length == 0) {
            return;
        }
        String sql = """
                WITH RECURSIVE part AS (
                    SELECT i.inhparent AS root, i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = ANY (?::oid[])
                  UNION ALL
                    SELECT p.root, i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid)
                SELECT p.root, sum(greatest(c.reltuples, 0))::bigint
                FROM part p JOIN pg_class c ON c.oid = p.oid AND c.relkind <> 'p'
                GROUP BY p.root""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, array("int8", roots));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    long rows = row.getLong(2);
                    tables.computeIfPresent(
                            row.getLong(1),
                            (oid, table) -> table.withRowsEstimated(Math.max(rows, table.rowsEstimated())));
                }
            }
        }
    }

    /** Asking for its size waits for a table that somebody has locked. */
    private static String sizeOf(String now, String noted) {
        return "CASE WHEN locked.relation IS NULL THEN " + now + " ELSE (" + noted + ")::bigint END";
    }

    /** @param which the flag of the one index in question */
    private static String keyOf(String which) {
        return """
                (SELECT array_agg(a.attname::text ORDER BY k.place)
                 FROM (SELECT i.indkey, generate_series(
                           0, coalesce((row_to_json(i) ->> 'indnkeyatts')::int, i.indnatts) - 1) AS place
                       FROM pg_index i
                       WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate AND i.%s) AS k
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.indkey[k.place])""".formatted(which);
    }

    private static TableDefinition table(ResultSet row) throws SQLException {
        List<String> primaryKey = strings(row.getArray("primary_key"));
        ReplicaIdentity identity = replicaIdentity(row.getString("relreplident"));
        List<String> identityColumns = switch (identity) {
            case DEFAULT, FULL -> primaryKey;
            case INDEX -> strings(row.getArray("identity_index"));
            case NOTHING -> List.of();
        };
        return new TableDefinition(
                new TableName(row.getString("nspname"), row.getString("relname")),
                row.getLong("oid"),
                kind(row),
                "u".equals(row.getString("relpersistence")),
                identity,
                row.getLong("rows"),
                row.getLong("bytes"),
                row.getLong("pages"),
                List.of(),
                primaryKey,
                identityColumns);
    }

    private static Kind kind(ResultSet row) throws SQLException {
        return switch (row.getString("relkind")) {
            case "p" -> Kind.PARTITIONED;
            case "f" -> Kind.FOREIGN;
            default -> {
                if (row.getBoolean("is_partition")) {
                    yield Kind.PARTITION;
                }
                yield row.getBoolean("inherits") ? Kind.INHERITED : Kind.TABLE;
            }
        };
    }

    private static ReplicaIdentity replicaIdentity(String code) {
        return switch (code) {
            case "n" -> ReplicaIdentity.NOTHING;
            case "f" -> ReplicaIdentity.FULL;
            case "i" -> ReplicaIdentity.INDEX;
            default -> ReplicaIdentity.DEFAULT;
        };
    }

    private Map<Long, List<ColumnDefinition>> readColumns(Collection<Long> oids) throws SQLException {
        // 16384 is FirstNormalObjectId: smaller OIDs come with the server. Identity and generated columns came with
        // PostgreSQL 10 and 12, and openGauss notes the latter beside the expression.
        String sql = """
                SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
                       format_type(a.atttypid, -1) AS cast_type,
                       a.atttypid < 16384 AS built_in,
                       CASE WHEN coalesce(b.typtype, t.typtype) = 'e' THEN 'enum'
                            WHEN coalesce(b.oid, t.oid) < 16384 THEN format_type(coalesce(b.oid, t.oid), -1)
                       END AS binary_type, a.attnotnull,
                       pg_get_expr(d.adbin, d.adrelid) AS expression,
                       row_to_json(a) ->> 'attidentity' AS identity,
                       coalesce(row_to_json(a) ->> 'attgenerated', row_to_json(d) ->> 'adgencol', '') AS generated,
                       CASE WHEN a.attcollation <> t.typcollation THEN
                           (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                            FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                            WHERE co.oid = a.attcollation)
                       END AS other_collation,
                       (SELECT 'OPERATOR(' || quote_ident(pn.nspname) || '.' || o.oprname || ')'
                        FROM pg_opclass c
                        JOIN pg_am am ON am.oid = c.opcmethod AND am.amname = 'btree'
                        JOIN pg_amop p ON p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype
                            AND p.amoprighttype = c.opcintype AND p.amopstrategy = 3
                        JOIN pg_operator o ON o.oid = p.amopopr
                        JOIN pg_namespace pn ON pn.oid = o.oprnamespace
                        WHERE c.opcdefault AND c.opcintype = coalesce(nullif(t.typbasetype, 0), t.oid)
                          AND c.opcintype >= 16384) AS equality
                FROM pg_attribute a
                JOIN pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = ANY (?::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attrelid, a.attnum
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, array("int8", oids.toArray()));
            Map<Long, List<ColumnDefinition>> columns = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    columns.computeIfAbsent(row.getLong("attrelid"), oid -> new ArrayList<>())
                            .add(column(row));
                }
            }
            return columns;
        }
    }

    private static ColumnDefinition column(ResultSet row) throws SQLException {
        boolean generated = !row.getString("generated").isEmpty();
        String expression = row.getString("expression");
        return new ColumnDefinition(
                row.getString("attname"),
                row.getString("type"),
                row.getString("cast_type"),
                row.getBoolean("built_in"),
                row.getString("binary_type"),
                row.getBoolean("attnotnull"),
                generated ? null : expression,
                switch (String.valueOf(row.getString("identity"))) {
                    case "a" -> Identity.ALWAYS;
                    case "d" -> Identity.BY_DEFAULT;
                    default -> Identity.NONE;
                },
                generated ? expression : null,
                row.getString("other_collation"),
                Objects.requireNonNullElse(row.getString("equality"), "="));
    }

    private Array array(String type, Object[] elements) throws SQLException {
        return connection.createArrayOf(type, elements);
    }

    private static List<String> strings(Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}
