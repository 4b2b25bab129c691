package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the target's role needs: to create schemas, tables and the bookkeeping. */
final class TargetRightsCheck implements Check {

    private static final String BOOKKEEPING = "_sluice";

    private record SchemaRights(String schema, boolean exists, boolean allowed) {}

    @Override
    public About about() {
        return About.target("target-create", Group.PRIVILEGES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.target();
        String role = query.role();
        Set<String> schemas = new TreeSet<>(Set.of(BOOKKEEPING));
        if (subject.makesTables()) {
            subject.targets().forEach(table -> schemas.add(table.schema()));
        }
        String sql = """
                SELECT wanted.name, n.oid IS NOT NULL AS is_there,
                       CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
                            ELSE has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') END
                       AS allowed
                FROM (SELECT unnest(?::text[]) AS name) AS wanted
                LEFT JOIN pg_namespace n ON n.nspname = wanted.name
                ORDER BY wanted.name
                """;
        List<SchemaRights> rights = query.list(
                sql,
                row -> new SchemaRights(row.getString(1), row.getBoolean("is_there"), row.getBoolean("allowed")),
                schemas);
        missingSchemas(subject, rights, role, findings);
        closedSchemas(rights, role, findings);
        bookkeeping(query, role, findings);
    }

    private static void missingSchemas(Subject subject, List<SchemaRights> rights, String role, Findings findings) {
        List<String> missing = rights.stream()
                .filter(right -> !right.exists() && !right.allowed())
                .map(SchemaRights::schema)
                .toList();
        if (!missing.isEmpty()) {
            findings.fail(
                    "target.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The target's user may not create schemas, and these are needed: " + Findings.list(missing) + ".",
                    "GRANT CREATE ON DATABASE "
                            + Identifier.quote(subject.spec().target().database()) + " TO " + role + ";",
                    missing);
        }
    }

    private static void closedSchemas(List<SchemaRights> rights, String role, Findings findings) {
        List<String> closed = rights.stream()
                .filter(right -> right.exists() && !right.allowed())
                .map(SchemaRights::schema)
                .toList();
        if (!closed.isEmpty()) {
            findings.fail(
                    "target.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The target's user may not create tables in " + Findings.list(closed) + ".",
                    closed.stream()
                            .limit(Item.OBJECTS)
                            .map(schema ->
                                    "GRANT USAGE, CREATE ON SCHEMA " + Identifier.quote(schema) + " TO " + role + ";")
                            .collect(Collectors.joining(" ")),
                    closed);
        }
    }

    /** Another role may have made it, for another task. */
    private static void bookkeeping(Query query, String role, Findings findings) throws SQLException {
        boolean closed = query.flag("""
                SELECT count(*) > 0 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = '_sluice' AND c.relkind = 'r'
                  AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                      AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
                """);
        if (closed) {
            findings.fail(
                    "target.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The target's user may not write Sluice's bookkeeping, which another user made.",
                    "GRANT SELECT," + " INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA _sluice TO " + role + ";");
        }
    }
}
