package io.sluice.capture.slot;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Brings the source into the state from which capture can go on, or says why it cannot. A gap is never passed over: a first
 * start is one only when nothing was ever written to the topic and the publication does not say otherwise.
 */
public final class SlotCheck {

    private final Connection connection;
    private final String database;
    private final Publication publication;
    private final ReplicationSlot slot;

    public SlotCheck(Connection connection, String database, Publication publication, ReplicationSlot slot) {
        this.connection = connection;
        this.database = database;
        this.publication = publication;
        this.slot = slot;
    }

    /**
     * @param firstStart nothing is in the topic; a heartbeat at {@code start} must be put there, then {@link
     *     Publication#markBegun} called
     * @param start where the slot goes on
     * @param publicationOid another one later means that the publication was dropped
     * @param sourceMillis the source's clock
     */
    public record Ready(boolean firstStart, Lsn start, long publicationOid, long sourceMillis) {}

    /** @throws SluiceException {@code SLOT_LOST}, {@code CHANGES_LOST}, or what stands in the way */
    public Ready prepare(Collection<TableName> tables, TopicEnd topic) throws InterruptedException {
        return prepare(tables, topic, false);
    }

    /** @param known the task was captured before, whatever source and topic say */
    public Ready prepare(Collection<TableName> tables, TopicEnd topic, boolean known) throws InterruptedException {
        long sourceMillis = requirePrimary();
        Publication.State found = publication.find();
        boolean begun = found != null && found.begun();
        if (topic.last() == null && (!topic.untouched() || begun || known)) {
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic has lost its records: it was emptied, made again, or kept them for too short a time."
                            + " What came between cannot be told; reload the tables.");
        }
        if (topic.last() != null && found == null) {
            throw lost("its publication was dropped, so the changes since then cannot be decoded");
        }
        SlotState state = slot.find();
        if (topic.last() != null && state == null) {
            throw lost("it was dropped");
        }
        // Committed before the slot is made: the server decodes with the catalog as it was at each change.
        long publicationOid = publication.ensure(tables).oid();
        if (state == null) {
            slot.create();
            state = slot.find();
        }
        Lsn start = requireUsable(state);
        slot.evictReader();
        if (topic.captured() != null && start.isAfter(topic.captured())) {
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic ends at " + topic.captured() + ", but the source was told that everything before "
                            + start + " is safe: the topic has lost records. Reload the tables.");
        }
        if (topic.last() != null && !begun) {
            // Either the run that wrote the first record died right after it, or somebody made the publication again.
            if (!topic.single()) {
                throw lost("its publication was dropped and made again, so changes may have been left out");
            }
            publication.markBegun();
        }
        return new Ready(topic.last() == null, start, publicationOid, sourceMillis);
    }

    private Lsn requireUsable(@Nullable SlotState state) {
        if (state == null) {
            throw lost("it was dropped again at once");
        }
        if (!ReplicationSlot.PLUGIN.equals(state.plugin())) {
            throw lost("its plugin is " + state.plugin() + " and not " + ReplicationSlot.PLUGIN);
        }
        if (!database.equals(state.database())) {
            throw lost("it belongs to database " + state.database() + " and not to " + database);
        }
        requireAlive(state);
        if (state.confirmed() == null) {
            throw new SluiceException(
                    ErrorCode.SLOT_IN_USE, "The replication slot " + slot.name() + " is still being made.");
        }
        return state.confirmed();
    }

    /** Also while changes stream: a slot can be lost under its reader. */
    void requireAlive(SlotState state) {
        if (state.invalidation() != null) {
            throw lost("the source has invalidated it: " + state.invalidation());
        }
        if (state.walStatus().equals("lost")) {
            throw lost("the source has removed WAL that it still needed; see max_slot_wal_keep_size");
        }
    }

    SluiceException lost(String reason) {
        return new SluiceException(
                ErrorCode.SLOT_LOST,
                "The replication slot " + slot.name() + " is lost: " + reason
                        + ". The changes since then are gone; reload the tables.");
    }

    /** Returns the source's clock. */
    private long requirePrimary() {
        String sql = "SELECT pg_is_in_recovery(), (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            if (row.getBoolean(1)) {
                throw new SluiceException(
                        ErrorCode.SOURCE_IS_STANDBY,
                        "The source is a standby. A publication can be made on its primary only; name that as the"
                                + " source.");
            }
            return row.getLong(2);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking the source for its role");
        }
    }
}
