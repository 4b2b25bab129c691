package io.sluice.capture.slot;

import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.PublicationNote;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The publication of a task. Its comment is the durable fact that capture has once begun: it is set after the first record
 * is in the change topic, and is gone with the publication, so neither a lost topic nor a publication that somebody made
 * again passes for a first start. Not thread-safe.
 */
public final class Publication {

    /** Partitions change under the name of their root from 13 on. */
    private static final int VIA_ROOT_SINCE = 13;

    private static final String BEGUN = "Sluice has begun to capture";

    private final Connection connection;
    private final String name;

    /** @param connection in auto-commit mode: the publication must be committed before the slot is made */
    public Publication(Connection connection, String taskId) {
        this(Topics.publication(taskId), connection);
    }

    private Publication(String name, Connection connection) {
        this.connection = connection;
        this.name = name;
    }

    /** One that somebody else has made. */
    public static Publication named(Connection connection, String name) {
        return new Publication(name, connection);
    }

    public String name() {
        return name;
    }

    /**
     * @return its identity
     * @throws SluiceException {@code TABLE_UNSUPPORTED} when a change of one of these tables would not be published under
     *     its name
     */
    public long requireCovers(Collection<TableName> chosen) {
        State found = find();
        try {
            if (found == null) {
                throw uncovered("is not there");
            }
            if (!found.allOperations()) {
                throw uncovered("does not publish every kind of change");
            }
            Set<TableName> missing = new TreeSet<>(chosen);
            missing.removeAll(withoutLog(chosen));
            missing.removeAll(published());
            if (!missing.isEmpty()) {
                throw uncovered("does not publish " + missing + " under that name. A partitioned table takes"
                        + " publish_via_partition_root");
            }
            return found.oid();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the publication " + name);
        }
    }

    private SluiceException uncovered(String why) {
        return new SluiceException(
                ErrorCode.TABLE_UNSUPPORTED, "The publication " + name + " of incremental.from " + why + ".");
    }

    /** With publish_via_partition_root the view lists roots, else leaves. */
    private Set<TableName> published() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?")) {
            statement.setString(1, name);
            return read(statement);
        }
    }

    /**
     * @param oid changes when the publication is dropped and made again
     * @param begun the first record of the task has been in the change topic
     * @param lineage the source as it was when capture last began; null when that is not known
     * @param selection of the order whose tables it lists; see {@link PublicationNote}
     */
    public record State(
            long oid,
            boolean begun,
            boolean allOperations,
            boolean allTables,
            @Nullable SourceLineage lineage,
            long selection) {}

    public @Nullable State find() {
        String sql = """
                SELECT oid, obj_description(oid, 'pg_publication'),
                       pubinsert AND pubupdate AND pubdelete
                           AND coalesce((to_jsonb(p) ->> 'pubtruncate')::boolean, true),
                       puballtables
                FROM pg_publication p WHERE pubname = ?
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                String comment = row.getString(2);
                return new State(
                        row.getLong(1),
                        comment != null && comment.startsWith(BEGUN),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        SourceLineage.find(comment),
                        PublicationNote.selection(comment));
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the publication " + name);
        }
    }

    /**
     * The same for a task whose changes were captured already. What is read, changed and noted is one transaction, so that
     * an instance that has lost the task without knowing it cannot take tables away that a newer order has added.
     *
     * @throws SluiceException {@code SCHEMA_CHANGED} when a table was not listed that should have been: changes of it are
     *     missing; {@code SLOT_IN_USE} when the tables of a newer order are listed
     */
    State goOn(Selection wanted, Collection<TableName> present, SourceLineage lineage) throws SQLException {
        connection.setAutoCommit(false);
        try {
            execute("SELECT pg_advisory_xact_lock(hashtext(" + Identifier.literal(name) + "))");
            State found = find();
            if (found == null) {
                throw new SluiceException(
                        ErrorCode.SLOT_LOST, "The publication " + name + " was dropped while capture started.");
            }
            if (found.selection() > wanted.number()) {
                throw new SluiceException(
                        ErrorCode.SLOT_IN_USE,
                        "The publication " + name
                                + " has the tables of a newer order already: another instance has the task.");
            }
            requireFollowed(found, wanted, present);
            State ensured = ensure(present);
            if (!lineage.equals(found.lineage()) || found.selection() != wanted.number()) {
                markBegun(lineage, wanted.number());
            }
            connection.commit();
            return ensured;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private void requireFollowed(State found, Selection wanted, Collection<TableName> present) throws SQLException {
        Set<TableName> listed = tables();
        Set<TableName> missing = new TreeSet<>(present);
        missing.removeAll(listed);
        missing.removeAll(withoutLog(present));
        missing.removeIf(table -> wanted.isCopiedSince(table, found.selection()));
        if (!missing.isEmpty()) {
            throw FollowedTables.parted(missing.iterator().next() + " is not in the publication " + name
                    + " as it was: it was renamed, made again, or taken from there");
        }
        Set<TableName> gone = new TreeSet<>(wanted.tables());
        gone.removeAll(present);
        listed.removeAll(wanted.tables());
        if (!gone.isEmpty() && !listed.isEmpty() && found.selection() == wanted.number()) {
            throw FollowedTables.parted(gone.iterator().next() + " is not there any more, and the publication " + name
                    + " has " + listed.iterator().next() + " instead: it was renamed");
        }
    }

    /**
     * Makes the publication list exactly those of these tables that have changes to publish, with every kind of change.
     * Tables that are UNLOGGED or foreign have none: nothing about their rows is in the source's log.
     */
    public State ensure(Collection<TableName> chosen) {
        State found = find();
        try {
            Set<TableName> tables = new TreeSet<>(chosen);
            tables.removeAll(withoutLog(chosen));
            if (found != null && found.allTables()) {
                throw new SluiceException(
                        ErrorCode.SLOT_LOST,
                        "The publication " + name
                                + " was replaced by one for all tables. Drop it and reload the tables.");
            }
            if (found == null) {
                execute("CREATE PUBLICATION " + Identifier.quote(name)
                        + (tables.isEmpty() ? "" : " FOR TABLE " + list(tables)) + " WITH (" + options() + ")");
            } else {
                if (!found.allOperations()) {
                    execute("ALTER PUBLICATION " + Identifier.quote(name) + " SET (" + options() + ")");
                }
                Set<TableName> listed = tables();
                if (!listed.equals(tables)) {
                    String change = tables.isEmpty() ? " DROP TABLE " + list(listed) : " SET TABLE " + list(tables);
                    execute("ALTER PUBLICATION " + Identifier.quote(name) + change);
                }
            }
        } catch (SQLException e) {
            // undefined_table, invalid_schema_name
            if ("42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState())) {
                throw new SluiceException(
                        ErrorCode.SCHEMA_CHANGED, "A table of the task is gone: " + e.getMessage(), e);
            }
            throw PostgresErrors.explain(e, "making the publication " + name);
        }
        State ensured = find();
        if (ensured == null) {
            throw new SluiceException(ErrorCode.DATABASE_ERROR, "the publication " + name + " was dropped meanwhile");
        }
        return ensured;
    }

    /**
     * Leaves the fact that the first record is in the change topic, of which source it is, and that the tables of a
     * selection are listed.
     */
    public void markBegun(SourceLineage lineage, long selection) {
        try {
            execute("COMMENT ON PUBLICATION " + Identifier.quote(name) + " IS "
                    + Identifier.literal(BEGUN + " (" + lineage + ", " + PublicationNote.text(selection) + ")"));
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "commenting on the publication " + name);
        }
    }

    public void drop() {
        try {
            execute(dropSql());
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "dropping the publication " + name);
        }
    }

    /** For a user to run by hand. */
    public String dropSql() {
        return CleanUpSql.dropPublication(name);
    }

    private Set<TableName> withoutLog(Collection<TableName> chosen) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS chosen (schema, name)
                JOIN pg_namespace n ON n.nspname = chosen.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = chosen.name
                WHERE c.relpersistence <> 'p' OR c.relkind NOT IN ('r', 'p')
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            TableArrays.set(statement, 1, chosen);
            return read(statement);
        }
    }

    private Set<TableName> tables() throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid
                JOIN pg_class c ON c.oid = r.prrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE p.pubname = ?
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            return read(statement);
        }
    }

    private static Set<TableName> read(PreparedStatement statement) throws SQLException {
        Set<TableName> tables = new TreeSet<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                tables.add(new TableName(rows.getString(1), rows.getString(2)));
            }
        }
        return tables;
    }

    /** ONLY: a child of an inheritance tree is a table of its own, and may not have been chosen. */
    private static String list(Collection<TableName> tables) {
        return tables.stream().map(table -> "ONLY " + Identifier.quote(table)).collect(Collectors.joining(", "));
    }

    private String options() throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        return PublicationNote.everyChange(version)
                + (version >= VIA_ROOT_SINCE ? ", publish_via_partition_root = true" : "");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
