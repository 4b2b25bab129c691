package io.sluice.capture.ddl;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.OwnSchemas;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The event triggers of a task at its source, with what they need: a schema of Sluice's own, a function, and a table that
 * holds what each table of the task looked like last, so that a message can tell what a command has changed. They are part
 * of the user's own DDL transactions: an error in them must never break one.
 *
 * <p>Messages carry a secret that only the owner of the table can read; anybody may write a logical message, and what it
 * says would be carried out on the target. Not thread-safe.
 */
public final class DdlCapture {

    static final String SCHEMA = OwnSchemas.DDL;

    /** What fires the triggers, by the ends of their names. */
    private static final Map<String, String> EVENTS =
            Map.of("_drop", "sql_drop", "_end", "ddl_command_end", "_rewrite", "table_rewrite");

    private final Connection connection;
    private final String taskId;
    private final String name;

    /** @param connection in auto-commit mode */
    public DdlCapture(Connection connection, String taskId) {
        this.connection = connection;
        this.taskId = taskId;
        this.name = Topics.slot(taskId);
    }

    /**
     * Installs what is missing, for exactly these tables.
     *
     * @param renames as of {@link io.sluice.contracts.task.TaskOrder#renames}: later ones have greater numbers
     * @return the secret of the messages
     * @throws SluiceException {@code PRIVILEGE_MISSING} when the account may not make event triggers
     */
    public String ensure(Collection<TableName> tables, long renames) {
        try {
            connection.setAutoCommit(false);
            try {
                // Who waits longer for a lock is told so, and tries again.
                execute("SET LOCAL lock_timeout = '3s'");
                install();
                mirror(tables);
                countFrom(renames);
                String secret = secret();
                connection.commit();
                execute("SET LOCAL lock_timeout = '3s'");
                mirrorOthers();
                connection.commit();
                return secret;
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            if ("42501".equals(e.getSQLState())) {
                throw new SluiceException(
                        ErrorCode.PRIVILEGE_MISSING,
                        "Carrying DDL over takes event triggers, which this account may not make: " + e.getMessage()
                                + ". Use a superuser (or the role that your provider lets make them), or leave DDL out of"
                                + " changes.operations.",
                        e);
            }
            throw PostgresErrors.explain(e, "installing the event triggers for DDL");
        }
    }

    /** Nothing can be installed at a standby. */
    public boolean possible() {
        try {
            return exists("SELECT WHERE NOT pg_is_in_recovery() AND ? <> ''", name);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking the source for its role");
        }
    }

    /** Whether something of it is at the source. */
    public boolean installed() {
        try {
            for (String end : EVENTS.keySet()) {
                if (exists("SELECT FROM pg_event_trigger WHERE evtname = ?", name + end)) {
                    return true;
                }
            }
            return exists("SELECT WHERE to_regclass(?) IS NOT NULL", own(name));
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for the event triggers for DDL");
        }
    }

    /** Removes everything; nothing happens when nothing is there. */
    public void remove() {
        try {
            connection.setAutoCommit(false);
            try {
                execute(removeSql());
                connection.commit();
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "removing the event triggers for DDL");
        }
    }

    /** For a user to run by hand. */
    public String removeSql() {
        return CleanUpSql.removeDdlCapture(name);
    }

    private void install() throws SQLException {
        execute("SELECT pg_advisory_xact_lock(hashtext('" + SCHEMA + "'))");
        String made = UUID.nameUUIDFromBytes(String.join("", functions()).getBytes(UTF_8))
                .toString();
        boolean complete = exists(
                "SELECT WHERE obj_description(to_regprocedure(?), 'pg_proc') = '" + made + "'", own(name) + "()");
        for (String end : EVENTS.keySet()) {
            complete &= exists("SELECT FROM pg_event_trigger WHERE evtname = ? AND evtenabled = 'A'", name + end);
        }
        if (complete) {
            return;
        }
        for (String end : EVENTS.keySet()) {
            execute("DROP EVENT TRIGGER IF EXISTS " + Identifier.quote(name + end));
        }
        execute("CREATE SCHEMA IF NOT EXISTS " + SCHEMA);
        execute("CREATE TABLE IF NOT EXISTS " + own(name) + " (oid oid PRIMARY KEY, shape jsonb NOT NULL)");
        execute("ALTER TABLE " + own(name) + " ADD COLUMN IF NOT EXISTS names jsonb NOT NULL DEFAULT '[]'");
        execute("CREATE TABLE IF NOT EXISTS " + own(othersName())
                + " (class oid, id oid, shape jsonb NOT NULL, PRIMARY KEY (class, id))");
        execute("REVOKE ALL ON " + own(name) + ", " + own(othersName()) + " FROM PUBLIC");
        execute("INSERT INTO " + own(name) + " (oid, shape) VALUES (0, jsonb_build_object('secret', gen_random_uuid()))"
                + " ON CONFLICT (oid) DO NOTHING");
        for (String function : functions()) {
            execute(function);
        }
        execute("COMMENT ON FUNCTION " + own(name) + "() IS '" + made + "'");
        for (Map.Entry<String, String> event : EVENTS.entrySet()) {
            execute("CREATE EVENT TRIGGER " + Identifier.quote(name + event.getKey()) + " ON " + event.getValue()
                    + " EXECUTE FUNCTION " + own(name) + "()");
            // Also for sessions that have set session_replication_role.
            execute("ALTER EVENT TRIGGER " + Identifier.quote(name + event.getKey()) + " ENABLE ALWAYS");
        }
    }

    private List<String> functions() {
        String partitions = own(name + "_parts");
        String shape = own(name + "_shape");
        String look = own(lookName());
        return List.of(
                DdlFunctions.partitions(partitions),
                DdlFunctions.shape(shape, partitions),
                DdlFunctions.look(look),
                DdlTrigger.function(own(name), shape, partitions, own(othersName()), look, taskId));
    }

    /** What is known of a table stays as it is: a command that was missed would else be passed over. */
    private void mirror(Collection<TableName> tables) throws SQLException {
        for (TableName table : tables) {
            // Nobody alters it between this look and the commit.
            execute("LOCK TABLE ONLY " + Identifier.quote(table) + " IN ACCESS SHARE MODE");
        }
        String sql = """
                WITH chosen AS (
                    SELECT c.oid
                    FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                    JOIN pg_namespace n ON n.nspname = wanted.schema
                    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                    WHERE c.relkind IN ('r', 'p')
                ), gone AS (
                    DELETE FROM %1$s WHERE oid <> 0 AND oid NOT IN (SELECT oid FROM chosen)
                )
                INSERT INTO %1$s (oid, shape) SELECT oid, %2$s(oid) FROM chosen ON CONFLICT (oid) DO NOTHING
                """.formatted(own(name), own(shapeName()));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            TableArrays.set(statement, 1, tables);
            statement.executeUpdate();
        }
        // As an older version has left it: no command on partitions was told of until now.
        execute("""
                UPDATE %1$s m SET shape = m.shape || jsonb_build_object('partitions', %2$s(m.oid))
                FROM pg_class c WHERE c.oid = m.oid AND c.relkind = 'p' AND NOT m.shape ? 'partitions'
                """.formatted(own(name), own(name + "_parts")));
    }

    /**
     * Views and types of everybody but extensions. Sessions that are about to change one are not waited for, and no table is locked
     * meanwhile: what is known of it is theirs to bring up to date.
     */
    private void mirrorOthers() throws SQLException {
        execute("""
                WITH present AS (
                    SELECT 'pg_class'::regclass::oid AS class, c.oid AS id, c.relnamespace AS schema
                    FROM pg_class c WHERE c.relkind IN ('v', 'm')
                  UNION ALL
                    SELECT 'pg_type'::regclass, t.oid, t.typnamespace
                    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
                    WHERE t.typtype IN ('e', 'd', 'c', 'r') AND (t.typtype <> 'c' OR c.relkind = 'c')
                ), chosen AS (
                    SELECT p.class, p.id FROM present p JOIN pg_namespace n ON n.oid = p.schema
                    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND NOT EXISTS (
                        SELECT FROM pg_depend d WHERE d.classid = p.class AND d.objid = p.id AND d.deptype = 'e')
                ), gone AS (
                    DELETE FROM %1$s WHERE (class, id) IN (
                        SELECT o.class, o.id FROM %1$s o
                        WHERE NOT EXISTS (SELECT FROM chosen c WHERE (c.class, c.id) = (o.class, o.id))
                        FOR UPDATE SKIP LOCKED)
                )
                INSERT INTO %1$s (class, id, shape) SELECT c.class, c.id, %2$s(c.class, c.id, false) FROM chosen c
                WHERE NOT EXISTS (SELECT FROM %1$s o WHERE (o.class, o.id) = (c.class, c.id))
                ON CONFLICT (class, id) DO NOTHING
                """.formatted(own(othersName()), own(lookName())));
    }

    /** Of what was installed before, and removed since, nothing is known here. */
    private void countFrom(long renames) throws SQLException {
        String sql = "UPDATE " + own(name) + " SET shape = shape || jsonb_build_object('renames', ?::bigint)"
                + " WHERE oid = 0 AND coalesce((shape ->> 'renames')::bigint, -1) < ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, renames);
            statement.setLong(2, renames);
            statement.executeUpdate();
        }
    }

    /**
     * What is told of the tables.
     *
     * @param oids of those that are there, by the names that they had after so many renamings
     * @param dropped the names of others that had one by then, and are gone
     */
    public record Told(Map<TableName, Long> oids, Set<TableName> dropped) {

        /** Nothing is. */
        public static final Told NOTHING = new Told(Map.of(), Set.of());
    }

    /** @param renames as of {@link io.sluice.contracts.task.TaskOrder#renames} */
    public Told told(long renames) {
        try {
            if (!exists("SELECT WHERE to_regclass(?) IS NOT NULL", own(name))) {
                return Told.NOTHING;
            }
            String sql = """
                    WITH known AS (
                        SELECT m.oid::bigint AS oid, coalesce(to_jsonb(m) -> 'names', '[]') || jsonb_build_array(m.shape) AS names,
                            false AS dropped
                        FROM %1$s m WHERE m.oid <> 0
                      UNION ALL
                        SELECT (d ->> 'oid')::bigint, d -> 'names', true
                        FROM %1$s m CROSS JOIN LATERAL jsonb_array_elements(to_jsonb(m) -> 'names') d WHERE m.oid = 0)
                    SELECT n ->> 'schema', n ->> 'name', oid, dropped
                    FROM known CROSS JOIN LATERAL (
                        SELECT n FROM jsonb_array_elements(names) WITH ORDINALITY AS each (n, place)
                        WHERE n -> 'until' IS NULL OR (n ->> 'until')::bigint > ? ORDER BY place LIMIT 1) AS by_then
                    """.formatted(own(name));
            Map<TableName, Long> oids = new HashMap<>();
            Set<TableName> dropped = new HashSet<>();
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setLong(1, renames);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        TableName table = new TableName(row.getString(1), row.getString(2));
                        if (row.getBoolean(4)) {
                            dropped.add(table);
                        } else {
                            oids.put(table, row.getLong(3));
                        }
                    }
                }
            }
            dropped.removeAll(oids.keySet());
            return new Told(oids, dropped);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading what is known of the tables for DDL");
        }
    }

    /** The table that has what the tables are called, quoted. */
    public String mirror() {
        return own(name);
    }

    /** All names that each of these tables has had since it is told of them, by OID. */
    public Map<Integer, Set<TableName>> names() {
        Map<Integer, Set<TableName>> names = new HashMap<>();
        String sql = """
                SELECT m.oid::bigint, n ->> 'schema', n ->> 'name'
                FROM %s m CROSS JOIN LATERAL jsonb_array_elements(m.names || jsonb_build_array(m.shape)) n
                WHERE m.oid <> 0
                """.formatted(own(name));
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                names.computeIfAbsent((int) row.getLong(1), oid -> new HashSet<>())
                        .add(new TableName(row.getString(2), row.getString(3)));
            }
            return names;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading what the tables were called");
        }
    }

    private String secret() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT shape ->> 'secret' FROM " + own(name) + " WHERE oid = 0")) {
            @Nullable String secret = row.next() ? row.getString(1) : null;
            if (secret == null) {
                throw new SluiceException(
                        ErrorCode.DATABASE_ERROR,
                        "The table " + own(name) + " of the source was emptied. Drop it; it is made again.");
            }
            return secret;
        }
    }

    private String shapeName() {
        return name + "_shape";
    }

    private String othersName() {
        return name + "_others";
    }

    private String lookName() {
        return name + "_look";
    }

    private static String own(String object) {
        return SCHEMA + '.' + Identifier.quote(object);
    }

    private boolean exists(String sql, String parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
