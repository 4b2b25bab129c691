package io.sluice.task.objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What an object of the source needs, directly. */
@Schema(name = "SourceDependencies")
record Dependencies(List<Dependency> items) {

    /**
     * @param kind {@code TABLE}, {@code VIEW}, {@code MATERIALIZED_VIEW}, {@code SEQUENCE}, {@code TYPE}, {@code
     *     FUNCTION} or {@code EXTENSION}
     * @param name of a function with its argument types
     * @param how {@code FOREIGN_KEY}, {@code PARENT}, or {@code USES} for all else
     * @param chosen whether the task's patterns choose it; of tables
     */
    @Schema(name = "SourceDependency")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Dependency(
            String kind,
            String schema,
            String name,
            String how,
            @Nullable Boolean chosen) {}

    /** Empty when there is no such object. */
    static Optional<Dependencies> of(Connection connection, String object, TaskSpec spec) throws SQLException {
        // Names may hold dots: what is meant is whatever is there under the whole.
        String find = """
                SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname || '.' || c.relname = ? AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
                ORDER BY n.nspname LIMIT 1
                """;
        try (PreparedStatement statement = connection.prepareStatement(find)) {
            statement.setString(1, object);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new Dependencies(read(connection, row.getLong(1), spec)))
                        : Optional.empty();
            }
        }
    }

    private static List<Dependency> read(Connection connection, long oid, TaskSpec spec) throws SQLException {
        String sql = """
                WITH part (classid, objid) AS (
                    SELECT 'pg_class'::regclass::oid, r.oid FROM (SELECT ?::oid AS oid) r
                    UNION ALL SELECT 'pg_class'::regclass::oid, indexrelid FROM pg_index WHERE indrelid = ?::oid
                    UNION ALL SELECT 'pg_attrdef'::regclass::oid, oid FROM pg_attrdef WHERE adrelid = ?::oid
                    UNION ALL SELECT 'pg_constraint'::regclass::oid, oid FROM pg_constraint
                        WHERE conrelid = ?::oid AND contype <> 'f'
                    UNION ALL SELECT 'pg_rewrite'::regclass::oid, oid FROM pg_rewrite WHERE ev_class = ?::oid
                    UNION ALL SELECT 'pg_trigger'::regclass::oid, oid FROM pg_trigger
                        WHERE tgrelid = ?::oid AND NOT tgisinternal
                ), needs (classid, objid, how) AS (
                    SELECT 'pg_class'::regclass::oid, confrelid, 'FOREIGN_KEY' FROM pg_constraint
                        WHERE conrelid = ?::oid AND contype = 'f'
                    UNION SELECT 'pg_class'::regclass::oid, inhparent, 'PARENT' FROM pg_inherits WHERE inhrelid = ?::oid
                    UNION SELECT d.refclassid, d.refobjid, 'USES'
                        FROM part JOIN pg_depend d ON d.classid = part.classid AND d.objid = part.objid
                        WHERE d.deptype <> 'e' AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid = ?::oid)
                          AND d.refobjid NOT IN (SELECT inhparent FROM pg_inherits WHERE inhrelid = ?::oid)
                    UNION SELECT 'pg_class'::regclass::oid, d.objid, 'USES' FROM pg_depend d
                        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ?::oid AND d.refobjsubid > 0
                          AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                          AND EXISTS (SELECT FROM pg_class s WHERE s.oid = d.objid AND s.relkind = 'S')
                ), resolved AS (
                    SELECT needs.classid, needs.how,
                           CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem ELSE needs.objid END AS objid
                    FROM needs LEFT JOIN pg_type t ON needs.classid = 'pg_type'::regclass AND t.oid = needs.objid
                )
                SELECT DISTINCT
                    CASE WHEN e.oid IS NOT NULL THEN 'EXTENSION' WHEN p.oid IS NOT NULL THEN 'FUNCTION'
                         WHEN t.oid IS NOT NULL THEN 'TYPE'
                         ELSE CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED_VIEW'
                              WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END END AS kind,
                    n.nspname AS schema,
                    coalesce(e.extname, c.relname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
                         t.typname) AS name,
                    resolved.how
                FROM resolved
                LEFT JOIN pg_class c ON resolved.classid = 'pg_class'::regclass AND c.oid = resolved.objid
                    AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
                LEFT JOIN pg_proc p ON resolved.classid = 'pg_proc'::regclass AND p.oid = resolved.objid
                LEFT JOIN pg_type t ON resolved.classid = 'pg_type'::regclass AND t.oid = resolved.objid
                LEFT JOIN pg_depend x ON x.classid = resolved.classid AND x.objid = resolved.objid AND x.deptype = 'e'
                LEFT JOIN pg_extension e ON e.oid = x.refobjid
                LEFT JOIN pg_namespace n ON n.oid = coalesce(e.extnamespace, c.relnamespace, p.pronamespace, t.typnamespace)
                WHERE c.oid IS NOT NULL OR p.oid IS NOT NULL OR t.oid IS NOT NULL
                ORDER BY 1, 2, 3, 4
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 1; i <= statement.getParameterMetaData().getParameterCount(); i++) {
                statement.setLong(i, oid);
            }
            List<Dependency> items = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String kind = row.getString("kind");
                    String schema = row.getString("schema");
                    String name = row.getString("name");
                    items.add(new Dependency(
                            kind,
                            schema,
                            name,
                            row.getString("how"),
                            kind.equals("TABLE") ? spec.chooses(new TableName(schema, name)) : null));
                }
            }
            return items;
        }
    }
}
