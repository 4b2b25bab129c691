package io.sluice.capture.slot;

import io.sluice.contracts.change.Lsn;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What is done at the source every second while changes stream: a heartbeat into its log, and a look at the slot. Not
 * thread-safe.
 */
public final class SourceWatch {

    /** pgoutput passes logical messages on from 14 on. */
    private static final int MESSAGES_SINCE = 14;

    /** From 17 on a message can be flushed at once; before, the WAL writer does so within {@code wal_writer_delay}. */
    private static final int FLUSH_SINCE = 17;

    private final Connection connection;
    private final String taskId;
    private final SlotCheck check;
    private final Publication publication;
    private final ReplicationSlot slot;
    private final long publicationOid;
    private final int version;

    public SourceWatch(
            Connection connection,
            String taskId,
            SlotCheck check,
            Publication publication,
            ReplicationSlot slot,
            long publicationOid) {
        this.connection = connection;
        this.taskId = taskId;
        this.check = check;
        this.publication = publication;
        this.slot = slot;
        this.publicationOid = publicationOid;
        try {
            this.version = connection.getMetaData().getDatabaseMajorVersion();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking the source for its version");
        }
    }

    /**
     * @param endLsn the end of the source's log
     * @param sourceMillis the source's clock
     * @param beating the look left a heartbeat that carries {@code sourceMillis}
     * @param retainedBytes WAL that the source keeps for the slot
     */
    public record Look(Lsn endLsn, long sourceMillis, boolean beating, String walStatus, long retainedBytes) {}

    /**
     * @throws io.sluice.contracts.error.SluiceException {@code SLOT_LOST} when slot or publication went away under the
     *     reader
     */
    public Look look() {
        SlotState state = slot.find();
        if (state == null) {
            throw check.lost("it was dropped");
        }
        check.requireAlive(state);
        Publication.State published = publication.find();
        if (published == null || published.oid() != publicationOid) {
            // From 18 on the server only warns, and sends nothing.
            throw check.lost("its publication was dropped");
        }
        boolean beating = version >= MESSAGES_SINCE;
        String message = beating
                ? "pg_logical_emit_message(false, 'sluice.heartbeat', ? || ' ' || now.millis"
                        + (version >= FLUSH_SINCE ? ", true" : "") + ")"
                : "?::text";
        String sql = """
                SELECT now.millis, %s, pg_current_wal_lsn()::text
                FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS millis OFFSET 0) AS now
                """.formatted(message);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Look(
                        Lsn.parse(row.getString(3)), row.getLong(1), beating, state.walStatus(), state.retainedBytes());
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "leaving a heartbeat at the source");
        }
    }
}
