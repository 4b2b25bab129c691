package io.sluice.capture.slot;

import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.PublicationNote;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The publication of a task. Its comment is the durable fact that capture has once begun: it is set after the first record
 * is in the change topic, and is gone with the publication, so neither a lost topic nor a publication that somebody made
 * again passes for a first start. Not thread-safe.
 */
public final class Publication {

    /** Who waits longer for a lock is told so, and tries again. */
    private static final String LOCK_LIMIT = "SET LOCAL lock_timeout = '3s'";

    static final String CUT_TABLES = "has a row filter or a column list for ";
    static final String SOME_OPERATIONS = "does not publish every kind of change";

    private final Connection connection;
    private final String name;
    private final PublicationTables tables;
    private @Nullable Long streamed;
    private @Nullable String topic;

    /** @param connection in auto-commit mode: the publication must be committed before the slot is made */
    public Publication(Connection connection, String taskId) {
        this(Topics.publication(taskId), connection);
    }

    private Publication(String name, Connection connection) {
        this.connection = connection;
        this.name = name;
        this.tables = new PublicationTables(connection, name);
    }

    /** One that somebody else has made. */
    static Publication named(Connection connection, String name) {
        return new Publication(name, connection);
    }

    public String name() {
        return name;
    }

    /** Another one, which somebody has given, is streamed in its place; that is noted with the rest. */
    public void streams(long givenOid) {
        streamed = givenOid;
    }

    /** @param topicId of the topic to which the changes go, which is noted, too; empty when Kafka tells none */
    public void writesTo(String topicId) {
        topic = topicId.isEmpty() ? null : topicId;
    }

    public @Nullable PublicationState find() {
        String sql = """
                SELECT oid, left(obj_description(oid, 'pg_publication'), %d),
                       pubinsert AND pubupdate AND pubdelete
                           AND coalesce((to_jsonb(p) ->> 'pubtruncate')::boolean, true),
                       puballtables, coalesce((to_jsonb(p) ->> 'pubviaroot')::boolean, true)
                FROM pg_publication p WHERE pubname = ?
                """.formatted(PublicationComment.HEAD_CHARS);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                PublicationComment comment = PublicationComment.read(row.getString(2));
                return new PublicationState(
                        row.getLong(1),
                        comment.begun(),
                        comment.gap(),
                        comment.lineage(),
                        comment.selection(),
                        comment.topic(),
                        comment.streamed(),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        row.getBoolean(5));
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the publication " + name);
        }
    }

    /**
     * The same for a task whose changes were captured already. What is read, changed and noted is one transaction, so that
     * an instance that has lost the task without knowing it cannot take tables away that a newer order has added.
     *
     * @param told tables whose renaming was told of
     * @throws SluiceException {@code SCHEMA_CHANGED} when a table was not listed that should have been, or is another one
     *     than the one that was noted: changes of it are missing; {@code SLOT_LOST} when it was altered by somebody; {@code
     *     SLOT_IN_USE} when the tables of a newer order are listed; {@code CHANGES_LOST} when the topic is another one
     */
    PublicationState goOn(
            Selection wanted,
            Collection<TableName> present,
            FollowedTables followed,
            Set<TableName> told,
            SourceLineage lineage)
            throws SQLException {
        connection.setAutoCommit(false);
        try {
            execute(LOCK_LIMIT);
            execute("SELECT pg_advisory_xact_lock(hashtext(" + Identifier.literal(name) + "))");
            PublicationState found = find();
            if (found == null) {
                throw new SluiceException(
                        ErrorCode.SLOT_LOST, "The publication " + name + " was dropped while capture started.");
            }
            requireNewest(found, wanted.number());
            requireTopic(found);
            Predicate<TableName> copied = table -> wanted.isCopiedSince(table, found.selection());
            String why = alteration(found, copied);
            if (why != null) {
                comment(PublicationComment.gap(wanted.number(), why));
                connection.commit();
                throw gap(why);
            }
            requireFollowed(found, wanted, present, followed.gone());
            NotedTables noted = noted();
            if (noted != null) {
                noted.require(followed, copied.or(told::contains));
            }
            PublicationState ensured = ensure(present);
            if (!lineage.equals(found.lineage())
                    || found.selection() != wanted.number()
                    || !Objects.equals(streamed, found.streamed())
                    || !Objects.equals(topic, found.topic())
                    || !NotedTables.of(followed.byOid()).equals(noted)) {
                markBegun(lineage, wanted.number(), followed);
            }
            connection.commit();
            return ensured;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /**
     * How it was altered by somebody so that it does not publish all of each table that it lists; null when it was not.
     *
     * @param excused tables that are loaded anew
     */
    private @Nullable String alteration(PublicationState found, Predicate<TableName> excused) throws SQLException {
        if (!found.allOperations()) {
            return altered(SOME_OPERATIONS);
        }
        if (!found.viaRoot()) {
            return altered("does not publish partitions under their root");
        }
        Set<TableName> cut = tables.cut();
        cut.removeIf(excused);
        return cut.isEmpty() ? null : altered(CUT_TABLES + cut.iterator().next());
    }

    /** The same while changes stream. */
    @Nullable
    String alteration() {
        PublicationState found = find();
        try {
            return found == null ? null : alteration(found, table -> false);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the publication " + name);
        }
    }

    String altered(String how) {
        return "the publication " + name + " " + how;
    }

    /**
     * Notes that changes are missing: what was left out does not come any more, also when its cause is gone.
     *
     * @param selection of the order that is carried out
     * @param why as in {@code the publication p was altered}; null when none are missing
     * @throws SluiceException {@code SLOT_LOST} when changes are missing, {@code SLOT_IN_USE} when the tables of a newer order
     *     are listed
     */
    public void requireNoGap(long selection, @Nullable String why) {
        if (why == null) {
            return;
        }
        PublicationState found = find();
        if (found != null) {
            requireNewest(found, selection);
            comment(PublicationComment.gap(selection, why));
        }
        throw gap(why);
    }

    /** @param why as in {@code the publication p was altered} */
    static SluiceException gap(String why) {
        return new SluiceException(
                ErrorCode.SLOT_LOST,
                "Changes are missing: " + why
                        + ". Mend that, then resume the task with {\"reload\": [\"*\"]}, which loads its tables anew.");
    }

    private void requireNewest(PublicationState found, long selection) {
        if (found.selection() > selection) {
            throw new SluiceException(
                    ErrorCode.SLOT_IN_USE,
                    "The publication " + name
                            + " has the tables of a newer order already: another instance has the task.");
        }
    }

    private void requireTopic(PublicationState found) {
        if (topic == null) {
            topic = found.topic();
        } else if (found.topic() != null && !topic.equals(found.topic())) {
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic was deleted and made again, with changes lost that may not have been applied. Stop"
                            + " the task and load again with a new one.");
        }
    }

    private @Nullable NotedTables noted() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = ?")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? NotedTables.find(row.getString(1)) : null;
            }
        }
    }

    private void requireFollowed(
            PublicationState found, Selection wanted, Collection<TableName> present, List<TableName> gone)
            throws SQLException {
        Set<TableName> listed = tables.listed();
        Set<TableName> missing = new TreeSet<>(present);
        missing.removeAll(listed);
        missing.removeAll(tables.withoutLog(present));
        missing.removeIf(table -> wanted.isCopiedSince(table, found.selection()));
        if (!missing.isEmpty()) {
            throw FollowedTables.parted(missing.iterator().next() + " is not in the publication " + name
                    + " as it was: it was renamed, made again, or taken from there");
        }
        listed.removeAll(present);
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
    public PublicationState ensure(Collection<TableName> chosen) {
        PublicationState found = find();
        try {
            Set<TableName> logged = new TreeSet<>(chosen);
            logged.removeAll(tables.withoutLog(chosen));
            if (found != null && found.allTables()) {
                throw new SluiceException(
                        ErrorCode.SLOT_LOST,
                        "The publication " + name
                                + " was replaced by one for all tables. Drop it and reload the tables.");
            }
            if (found == null) {
                alter("CREATE PUBLICATION " + Identifier.quote(name)
                        + (logged.isEmpty() ? "" : " FOR TABLE " + PublicationTables.sql(logged)) + " WITH ("
                        + options() + ")");
            } else {
                if (!found.allOperations() || !found.viaRoot()) {
                    alter("ALTER PUBLICATION " + Identifier.quote(name) + " SET (" + options() + ")");
                }
                Set<TableName> listed = tables.listed();
                if (!listed.equals(logged) || !tables.cut().isEmpty()) {
                    String change = logged.isEmpty()
                            ? " DROP TABLE " + PublicationTables.sql(listed)
                            : " SET TABLE " + PublicationTables.sql(logged);
                    alter("ALTER PUBLICATION " + Identifier.quote(name) + change);
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
        PublicationState ensured = find();
        if (ensured == null) {
            throw new SluiceException(ErrorCode.DATABASE_ERROR, "the publication " + name + " was dropped meanwhile");
        }
        return ensured;
    }

    /**
     * Leaves the fact that the first record is in the change topic, of which source it is, and that the tables of a
     * selection are listed.
     *
     * @param followed whose changes are captured, with the names that they have there
     */
    public void markBegun(SourceLineage lineage, long selection, FollowedTables followed) {
        comment(PublicationComment.begun(lineage, selection, topic, streamed, NotedTables.of(followed.byOid())));
    }

    private void comment(String text) {
        try {
            execute("COMMENT ON PUBLICATION " + Identifier.quote(name) + " IS " + Identifier.literal(text));
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

    private String options() throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        return PublicationNote.everyChange(version)
                + (version >= FollowedTables.VIA_ROOT_SINCE ? ", publish_via_partition_root = true" : "");
    }

    private void alter(String sql) throws SQLException {
        if (!connection.getAutoCommit()) {
            execute(sql);
            return;
        }
        connection.setAutoCommit(false);
        try {
            execute(LOCK_LIMIT);
            execute(sql);
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
