package io.sluice.apply.structure;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Tables of the source that somebody keeps from being read, or waits to. PostgreSQL does not tell what a check, a default or
 * a view of such a table says until the lock is gone; so they are left out of an attempt, which then cannot be the last.
 *
 * @param tables by name, those that are partitions, parents or children of the locked ones among them, with who holds it
 */
public record LockedRelations(Set<Long> oids, SortedMap<TableName, SluiceException> tables) {

    public static final LockedRelations NONE = new LockedRelations(Set.of(), Collections.emptySortedMap());

    /** A lock that is gone sooner harms nobody; as long as any lock is waited for at the source. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    /** A relation that was found locked. */
    private record Locked(TableName name, String holder) {}

    /** Waits for locks to go, for 10 s at most, and returns what was locked all the time. */
    public static LockedRelations await(DatabaseSession source, TaskOrder order, RunContext context) {
        Map<Long, Locked> locked = look(source, order.tables());
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!locked.isEmpty() && System.nanoTime() < until && !context.pause(LOOK_EVERY)) {
            locked.keySet().retainAll(look(source, order.tables()).keySet());
        }
        SortedMap<TableName, SluiceException> tables = new TreeMap<>();
        locked.values().forEach(one -> tables.put(one.name(), cause(one)));
        return new LockedRelations(Set.copyOf(locked.keySet()), tables);
    }

    private static SluiceException cause(Locked locked) {
        return new SluiceException(
                ErrorCode.OBJECT_LOCKED,
                "Not even its definition can be read at the source: " + locked.holder()
                        + ". It is loaded when the lock is"
                        + " gone; end the session with SELECT pg_terminate_backend(pid) if it is forgotten.");
    }

    /** The tables of the task that must wait: also those that go into the same table of the target. */
    public SortedMap<TableName, SluiceException> of(TaskOrder order) {
        SortedMap<TableName, SluiceException> waiting = new TreeMap<>();
        if (tables.isEmpty()) {
            return waiting;
        }
        Map<TableName, TableMapping> mappings = TableMapping.all(order.spec(), order.tables());
        Map<TableName, SluiceException> targets = mappings.values().stream()
                .filter(mapping -> tables.containsKey(mapping.source()))
                .collect(Collectors.toMap(
                        TableMapping::target,
                        mapping -> Objects.requireNonNull(tables.get(mapping.source())),
                        (one, other) -> one));
        mappings.forEach((table, mapping) -> {
            SluiceException cause = targets.get(mapping.target());
            if (cause != null) {
                waiting.put(table, cause);
            }
        });
        return waiting;
    }

    /** @throws SluiceException {@code OBJECT_LOCKED} when something was left out */
    public void requireNone() {
        if (!tables.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.OBJECT_LOCKED,
                    "What the source has in the way of views, functions and rules cannot be read, since tables that they"
                            + " use are locked. All tables are loaded. "
                            + tables.entrySet().stream()
                                    .limit(20)
                                    .map(one ->
                                            one.getKey() + ": " + one.getValue().getMessage())
                                    .collect(Collectors.joining("\n")));
        }
    }

    private static Map<Long, Locked> look(DatabaseSession source, Collection<TableName> chosen) {
        return source.inTransaction("looking for locked tables", connection -> look(connection, chosen));
    }

    /** Of other tables than the task's those count that something else is made of. */
    private static Map<Long, Locked> look(Connection source, Collection<TableName> chosen) throws SQLException {
        String sql = """
                WITH RECURSIVE held AS (
                    SELECT DISTINCT ON (l.relation) l.relation AS oid, l.granted, a.pid,
                        coalesce(nullif(a.application_name, ''), 'without a name') AS application, a.usename
                    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
                    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation >= 16384
                      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND l.pid IS DISTINCT FROM pg_backend_pid()
                    ORDER BY l.relation, l.granted DESC
                ), tree (oid, root) AS (
                    SELECT oid, oid FROM held
                  UNION
                    SELECT other.oid, tree.root FROM tree
                    JOIN pg_inherits h ON tree.oid IN (h.inhrelid, h.inhparent)
                    CROSS JOIN LATERAL (VALUES (h.inhrelid), (h.inhparent)) AS other (oid)
                )
                SELECT DISTINCT ON (c.oid) c.oid, n.nspname, c.relname, held.granted, held.pid, held.application,
                    held.usename, root.oid::regclass::text AS root
                FROM tree JOIN held ON held.oid = tree.root
                JOIN pg_class c ON c.oid = tree.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class root ON root.oid = tree.root
                WHERE EXISTS (SELECT FROM tree near JOIN pg_class o ON o.oid = near.oid
                              JOIN pg_namespace m ON m.oid = o.relnamespace
                              JOIN unnest(?::text[], ?::text[]) AS t (schema, name)
                                  ON t.schema = m.nspname AND t.name = o.relname
                              WHERE near.root = tree.root)
                   OR EXISTS (SELECT FROM pg_depend d
                              WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.classid IN
                                  ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass))
                ORDER BY c.oid, held.granted DESC
                """;
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            TableArrays.set(statement, 1, chosen);
            Map<Long, Locked> found = new TreeMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.put(
                            row.getLong("oid"),
                            new Locked(new TableName(row.getString("nspname"), row.getString("relname")), holder(row)));
                }
            }
            return found;
        }
    }

    private static String holder(ResultSet row) throws SQLException {
        String who = row.getString("pid") == null
                ? "a prepared transaction"
                : "pid " + row.getInt("pid") + " (" + row.getString("application") + ", user "
                        + row.getString("usename") + ")";
        return who + (row.getBoolean("granted") ? " holds" : " waits for") + " AccessExclusiveLock on "
                + row.getString("root");
    }
}
