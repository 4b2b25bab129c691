package io.sluice.capture.slot;

import io.sluice.contracts.change.Lsn;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is done at the source every second while changes stream: a heartbeat into its log, and a look at the slot. Not
 * thread-safe.
 */
public final class SourceWatch {

    /** pgoutput passes logical messages on from 14 on. */
    static final int MESSAGES_SINCE = 14;

    /** From 17 on a message can be flushed at once; before, the WAL writer does so within {@code wal_writer_delay}. */
    private static final int FLUSH_SINCE = 17;

    /** Names change rarely, and a task may have many tables. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(60);

    private static final Duration LOOK_AT_TABLES_EVERY = Duration.ofSeconds(5);

    private final Connection connection;
    private final String taskId;
    private final FollowedTables tables;
    private final @Nullable String mirror;
    private final long selection;
    private final SlotCheck check;
    private final Publication own;
    private final @Nullable GivenPublication given;
    private final ReplicationSlot slot;
    private final long publicationOid;
    private final int version;
    private long tablesLookedAt = System.nanoTime();

    /**
     * @param connection is given up from here on when an answer takes longer than a minute
     * @param mirror as of {@link FollowedTables#requireSame}
     * @param selection of the order
     * @param own the publication of the task
     * @param given the one that is streamed in its place; null when none is
     * @param publicationOid of the one that is streamed
     */
    public SourceWatch(
            Connection connection,
            String taskId,
            FollowedTables tables,
            @Nullable String mirror,
            long selection,
            SlotCheck check,
            Publication own,
            @Nullable GivenPublication given,
            ReplicationSlot slot,
            long publicationOid) {
        this.connection = connection;
        this.taskId = taskId;
        this.tables = tables;
        this.mirror = mirror;
        this.selection = selection;
        this.check = check;
        this.own = own;
        this.given = given;
        this.slot = slot;
        this.publicationOid = publicationOid;
        try {
            this.version = connection.getMetaData().getDatabaseMajorVersion();
            // Of a host that vanishes nothing comes back, and what was sent it does not acknowledge: then no keep-alive
            // is
            // sent, either, and the operating system gives up after a quarter of an hour.
            connection.setNetworkTimeout(Runnable::run, (int) LONGEST_LOOK.toMillis());
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking the source for its version");
        }
    }

    /**
     * @param endLsn the end of the source's log
     * @param sourceMillis the source's clock
     * @param heartbeat where the look left a heartbeat that carries {@code sourceMillis}
     * @param passedOn the stream brings the heartbeat; else the server keeps it for itself
     * @param retainedBytes WAL that the source keeps for the slot
     * @param retainableBytes how much it would keep at most; null when there is no limit
     */
    public record Look(
            Lsn endLsn,
            long sourceMillis,
            Lsn heartbeat,
            boolean passedOn,
            String walStatus,
            long retainedBytes,
            @Nullable Long retainableBytes) {}

    /**
     * Leaves a heartbeat {@code <task id> <source's clock> <by how much that is ahead of ours>}, both in milliseconds.
     *
     * @param nowMillis our clock
     * @throws io.sluice.contracts.error.SluiceException {@code SLOT_LOST} when slot or publication went away under the
     *     reader, {@code SCHEMA_CHANGED} when a table did
     */
    public Look look(long nowMillis) {
        SlotState state = slot.find();
        if (state == null) {
            throw check.lost("it was dropped");
        }
        check.requireAlive(state);
        PublicationState published = given == null ? own.find() : given.find();
        if (published == null || published.oid() != publicationOid) {
            // From 18 on the server only warns, and sends nothing.
            if (given != null) {
                own.requireNoGap(selection, "the publication " + given.name() + " was dropped");
            }
            throw check.lost("its publication was dropped");
        }
        if (System.nanoTime() - tablesLookedAt > LOOK_AT_TABLES_EVERY.toNanos()) {
            tables.requireSame(connection, given == null ? own.name() : given.name(), given == null, mirror);
            tables.requireApart(connection);
            own.requireNoGap(
                    selection, given == null ? own.alteration() : given.uncovered(tables.namesNow(connection)));
            tablesLookedAt = System.nanoTime();
        }
        String sql = """
                SELECT now.millis, pg_logical_emit_message(
                        false, 'sluice.heartbeat', ? || ' ' || now.millis || ' ' || (now.millis - ?)%s)::text,
                    pg_current_wal_lsn()::text
                FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS millis OFFSET 0) AS now
                """.formatted(version >= FLUSH_SINCE ? ", true" : "");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, taskId);
            statement.setLong(2, nowMillis);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Look(
                        Lsn.parse(row.getString(3)),
                        row.getLong(1),
                        Lsn.parse(row.getString(2)),
                        version >= MESSAGES_SINCE,
                        state.walStatus(),
                        state.retainedBytes(),
                        state.retainableBytes());
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "leaving a heartbeat at the source");
        }
    }
}
