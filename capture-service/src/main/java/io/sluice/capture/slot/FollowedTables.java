package io.sluice.capture.slot;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.TableArrays;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which tables the changes of a run are of. A publication and the stream mean a table by its OID, a task by its name; the
 * two part when a table is renamed, or dropped and made again.
 *
 * @param byOid with the names that they have at the source
 * @param known the same with the names that the task has for them: others, where the task carries commands over and has not
 *     come to the renaming yet
 * @param gone that were dropped
 */
public record FollowedTables(Map<Integer, TableName> byOid, Map<Integer, TableName> known, List<TableName> gone) {

    /** Partitions change under the name of their root from 13 on. */
    static final int VIA_ROOT_SINCE = 13;

    public FollowedTables {
        byOid = Map.copyOf(byOid);
        known = Map.copyOf(known);
        gone = List.copyOf(gone);
    }

    /** The tables as they are now. */
    public static FollowedTables read(Connection source, Collection<TableName> tables) {
        return read(source, tables, Map.of());
    }

    /**
     * The tables as they are now.
     *
     * @param told OIDs by the task's names, of tables whose renamings are told of; one that is not there counts for nothing
     */
    public static FollowedTables read(Connection source, Collection<TableName> tables, Map<TableName, Long> told) {
        String sql = """
                SELECT wanted.schema, wanted.name, n.nspname, c.relname, c.oid::bigint
                FROM unnest(?::text[], ?::text[], ?::bigint[]) AS wanted (schema, name, oid)
                LEFT JOIN pg_class told ON told.oid = wanted.oid::oid
                JOIN pg_class c ON c.oid = coalesce(told.oid, (
                    SELECT named.oid FROM pg_class named JOIN pg_namespace s ON s.oid = named.relnamespace
                    WHERE s.nspname = wanted.schema AND named.relname = wanted.name))
                JOIN pg_namespace n ON n.oid = c.relnamespace
                """;
        Map<Integer, TableName> byOid = new HashMap<>();
        Map<Integer, TableName> known = new HashMap<>();
        List<TableName> wanted = List.copyOf(tables);
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            TableArrays.set(statement, 1, wanted);
            statement.setArray(
                    3,
                    source.createArrayOf("int8", wanted.stream().map(told::get).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    int oid = (int) row.getLong(5);
                    known.put(oid, new TableName(row.getString(1), row.getString(2)));
                    byOid.put(oid, new TableName(row.getString(3), row.getString(4)));
                }
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for the tables of the task");
        }
        List<TableName> gone = new ArrayList<>(wanted);
        gone.removeAll(known.values());
        return new FollowedTables(byOid, known, gone);
    }

    /**
     * Those that have got their names by renamings that were told of.
     *
     * @param names all that each has had, by OID
     */
    public Set<TableName> renamed(Map<Integer, Set<TableName>> names) {
        Set<TableName> renamed = new HashSet<>();
        byOid.forEach((oid, name) -> {
            Set<TableName> told = names.getOrDefault(oid, Set.of());
            if (told.size() > 1 && told.contains(name)) {
                renamed.add(name);
            }
        });
        return renamed;
    }

    /** Those that are there by now, with the names that they have by now, sorted. */
    List<TableName> namesNow(Connection source) {
        String sql = """
                SELECT n.nspname, c.relname
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY (?)
                """;
        Set<TableName> names = new TreeSet<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(1, oids(source));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    names.add(new TableName(row.getString(1), row.getString(2)));
                }
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for the names of the task's tables");
        }
        return List.copyOf(names);
    }

    private Array oids(Connection source) throws SQLException {
        return source.createArrayOf(
                "oid", byOid.keySet().stream().map(Integer::toUnsignedLong).toArray());
    }

    /** Those that are there, sorted. */
    public List<TableName> names() {
        return List.copyOf(new TreeSet<>(byOid.values()));
    }

    /**
     * A table that was dropped, and not made again, has no more changes and is no loss.
     *
     * @param publication whose list of tables must hold them, too, if there is one
     * @param mirror a table of the source, quoted, that has what tables are called as far as that is told of; null when
     *     nothing is told
     * @throws SluiceException {@code SCHEMA_CHANGED} when changes of a table do not come under its name any more
     */
    void requireSame(Connection source, String publication, boolean listed, @Nullable String mirror) {
        String sql = """
                SELECT f.schema, f.name, CASE
                    WHEN c.oid IS NULL THEN 'was dropped and made again at the source'
                    WHEN (n.nspname, c.relname) <> (f.schema, f.name)
                        THEN format('was renamed to %%s.%%s at the source', n.nspname, c.relname)
                    ELSE format('was taken from the publication %%s', ?::text) END
                FROM unnest(?::text[], ?::text[], ?::bigint[]) AS f (schema, name, oid)
                LEFT JOIN pg_class c ON c.oid = f.oid::oid
                LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE CASE
                    WHEN c.oid IS NULL THEN EXISTS (
                        SELECT FROM pg_class w JOIN pg_namespace wn ON wn.oid = w.relnamespace
                        WHERE wn.nspname = f.schema AND w.relname = f.name) %s
                    ELSE (n.nspname, c.relname) <> (f.schema, f.name) %s OR %s END
                ORDER BY 1, 2 LIMIT 1
                """.formatted(
                        mirror == null ? "" : """
                        AND NOT EXISTS (SELECT FROM %s m CROSS JOIN LATERAL jsonb_array_elements(m.names) d
                            WHERE m.oid = 0 AND (d ->> 'oid')::bigint = f.oid)
                        """.formatted(mirror),
                        mirror == null ? "" : """
                        AND NOT EXISTS (SELECT FROM %s m
                            WHERE m.oid = c.oid AND (m.shape ->> 'schema', m.shape ->> 'name') = (n.nspname, c.relname))
                        """.formatted(mirror),
                        listed ? """
                        c.relpersistence = 'p' AND c.relkind IN ('r', 'p') AND NOT EXISTS (
                            SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                            WHERE r.prrelid = c.oid AND p.pubname = ?)""" : "? = ''");
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            List<TableName> names = new ArrayList<>(gone);
            List<Long> oids = new ArrayList<>(Collections.nCopies(gone.size(), 0L));
            byOid.forEach((oid, name) -> {
                names.add(name);
                oids.add(Integer.toUnsignedLong(oid));
            });
            statement.setString(1, publication);
            TableArrays.set(statement, 2, names);
            statement.setArray(4, source.createArrayOf("int8", oids.toArray()));
            statement.setString(5, publication);
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    throw parted(new TableName(row.getString(1), row.getString(2)) + " " + row.getString(3));
                }
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking at the tables of the publication " + publication);
        }
    }

    /**
     * PostgreSQL publishes a partition under its root when that is published, too.
     *
     * @throws SluiceException {@code SCHEMA_CHANGED} when one of the tables has become a partition of another
     */
    void requireApart(Connection source) {
        String sql = """
                SELECT pn.nspname, p.relname, rn.nspname, r.relname
                FROM pg_class p
                CROSS JOIN LATERAL pg_partition_ancestors(p.oid) a
                JOIN pg_class r ON r.oid = a.relid
                JOIN pg_namespace pn ON pn.oid = p.relnamespace
                JOIN pg_namespace rn ON rn.oid = r.relnamespace
                WHERE p.oid = ANY (?) AND p.relispartition AND r.oid = ANY (?) AND r.oid <> p.oid
                ORDER BY 1, 2 LIMIT 1
                """;
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            if (source.getMetaData().getDatabaseMajorVersion() < VIA_ROOT_SINCE) {
                return;
            }
            Array oids = oids(source);
            statement.setArray(1, oids);
            statement.setArray(2, oids);
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    TableName part = new TableName(row.getString(1), row.getString(2));
                    TableName root = new TableName(row.getString(3), row.getString(4));
                    throw new SluiceException(
                            ErrorCode.SCHEMA_CHANGED,
                            "Table " + part + " is a partition of " + root + " now, which the task has, too, so its"
                                    + " changes come under that name. Detach it, then resume the task with {\"reload\": [\""
                                    + root + "\", \"" + part + "\"]}. To attach it for good, take it out of the task"
                                    + " before.");
                }
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for partitions among the tables of the task");
        }
    }

    /** @param what as in {@code public.orders was renamed to public.old} */
    static SluiceException parted(String what) {
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Table " + what
                        + ", so its changes are not captured under that name. Undo it, then resume the task; or,"
                        + " when the table that has the name now is to be followed, resume with {\"reload\": [\"schema.table\"]},"
                        + " which loads it anew.");
    }
}
