package io.sluice.capture.slot;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StartPoint;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;
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
    private final Replication replication;
    private final StartGate gate;

    /** @param replication opens connections that speak the replication protocol */
    public SlotCheck(
            Connection connection,
            Replication replication,
            String database,
            Publication publication,
            ReplicationSlot slot,
            String taskId) {
        this.connection = connection;
        this.gate = new StartGate(connection, taskId);
        this.replication = replication;
        this.database = database;
        this.publication = publication;
        this.slot = slot;
    }

    /** Opens a connection that speaks the replication protocol. */
    @FunctionalInterface
    public interface Replication {
        Connection open() throws SQLException;
    }

    /** Looks at the change topic. */
    @FunctionalInterface
    public interface Topic {
        TopicEnd end() throws InterruptedException;
    }

    /**
     * @param firstStart nothing is in the topic; a heartbeat at {@code start} must be put there, then {@link
     *     SlotCheck#begun} called
     * @param start where the slot goes on
     * @param catalogXmin of the slot, before anything is read from it
     * @param lineage the source as it is now
     * @param publicationOid another one later means that the publication was dropped
     * @param sourceMillis the source's clock
     * @param lastComesAgain the source sends the last record of the topic once more, if it still has what was captured
     */
    public record Ready(
            boolean firstStart,
            Lsn start,
            long catalogXmin,
            SourceLineage lineage,
            long publicationOid,
            long sourceMillis,
            boolean lastComesAgain) {}

    /**
     * @param known the task was captured before, whatever source and topic say
     * @param from where a first start begins; null for now
     * @param present those tables of the selection that are at the source
     * @param told tables whose renaming was told of
     * @param topicNow looks at the topic once more
     * @throws SluiceException {@code SLOT_LOST}, {@code CHANGES_LOST}, {@code SCHEMA_CHANGED}, or what stands in the way
     */
    public Ready prepare(
            Selection selection,
            Collection<TableName> present,
            FollowedTables followed,
            Set<TableName> told,
            TopicEnd topic,
            Topic topicNow,
            boolean known,
            @Nullable StartPoint from)
            throws InterruptedException {
        long sourceMillis = requirePrimary();
        PublicationState found = publication.find();
        boolean begun = found != null && found.begun();
        if (topic.last() == null && (!topic.untouched() || begun || known)) {
            requireStillEmpty(topicNow);
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic has lost its records: it was emptied, made again, or kept them for too short a time."
                            + " What came between cannot be told; reload the tables.");
        }
        if (topic.last() != null && found == null) {
            throw lost("its publication was dropped, so the changes since then cannot be decoded");
        }
        if (topic.last() != null && found != null && found.gap() != null) {
            throw Publication.gap(found.gap());
        }
        if (topic.last() == null) {
            gate.enter();
            requireStillFirst(topicNow);
        }
        SourceLineage lineage = requireContinued(found == null ? null : found.lineage(), topic);
        SlotState state = slot.find();
        if (topic.last() != null && state == null) {
            throw lost("it was dropped");
        }
        // Committed before the slot is made: the server decodes with the catalog as it was at each change.
        long publicationOid = publish(selection, present, followed, told, topic.last() != null && begun, lineage);
        if (state != null && topic.last() == null && from == null) {
            // Left by a run that died before it began; perhaps in the middle of making it.
            slot.drop();
            state = null;
        }
        if (state == null) {
            if (from == null) {
                create();
            } else {
                copy(from.slot());
            }
            state = slot.find();
        }
        if (topic.last() == null && from != null && from.lsn() != null && state != null) {
            Lsn wanted = Lsn.parse(from.lsn());
            if (state.confirmed() == null || !wanted.equals(state.confirmed())) {
                slot.advance(wanted);
                state = slot.find();
            }
        }
        // What its last reader confirms until it ends counts.
        slot.evictReader();
        state = slot.find();
        Lsn start = requireUsable(state);
        long catalogXmin = state == null ? 0 : state.catalogXmin();
        if (topic.captured() != null && start.isAfter(topic.captured())) {
            throw new SluiceException(
                    ErrorCode.CHANGES_LOST,
                    "The change topic ends at " + topic.captured() + ", but the source was told that everything before "
                            + start + " is safe: the topic has lost records, or something else has read or moved the"
                            + " replication slot " + slot.name() + ". Reload the tables.");
        }
        if (topic.last() != null && !begun && !topic.single()) {
            // Else the run that wrote the first record died right after it.
            throw lost("its publication was dropped and made again, so changes may have been left out");
        }
        if (topic.last() != null && !begun) {
            publication.markBegun(lineage, selection.number(), followed);
        }
        return new Ready(
                topic.last() == null,
                start,
                catalogXmin,
                lineage,
                publicationOid,
                sourceMillis,
                comesAgain(topic.last(), topic.single(), start));
    }

    /**
     * The first record of a topic, and heartbeats for servers that pass none on, are capture's own; and one that is right
     * where the stream begins was seen not to come.
     */
    private boolean comesAgain(@Nullable ChangePosition last, boolean first, Lsn start) {
        if (last == null || start.isAfter(last.commitLsn())) {
            return false;
        }
        if (last.order() > 0) {
            return true;
        }
        try {
            return !first
                    && !start.equals(last.commitLsn())
                    && connection.getMetaData().getDatabaseMajorVersion() >= SourceWatch.MESSAGES_SINCE;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking for the source's version");
        }
    }

    /** The first record is in the topic: that is noted, and whoever starts from here on finds it. */
    public void begun(Ready ready, Selection selection, FollowedTables followed) {
        publication.markBegun(ready.lineage(), selection.number(), followed);
        gate.leave();
    }

    /** An instance that has slept since it looked must leave alone what the one has made that has begun meanwhile. */
    private void requireStillFirst(Topic topicNow) throws InterruptedException {
        PublicationState now = publication.find();
        if (now != null && now.begun()) {
            throw anotherHasBegun();
        }
        requireStillEmpty(topicNow);
    }

    private static void requireStillEmpty(Topic topicNow) throws InterruptedException {
        if (topicNow.end().last() != null) {
            throw anotherHasBegun();
        }
    }

    private static SluiceException anotherHasBegun() {
        return new SluiceException(
                ErrorCode.SLOT_IN_USE, "Another instance has begun to capture: it has the task. It is tried again.");
    }

    private void create() throws InterruptedException {
        try (Connection walSender = replication.open()) {
            gate.enter(walSender);
            // Asks over the gate's session first.
            slot.create(walSender);
        } catch (SQLException e) {
            throw notOpened(e);
        }
    }

    private void copy(String other) {
        try (Connection walSender = replication.open()) {
            slot.copy(other, walSender);
        } catch (SQLException e) {
            throw notOpened(e);
        }
    }

    private long publish(
            Selection selection,
            Collection<TableName> present,
            FollowedTables followed,
            Set<TableName> told,
            boolean begun,
            SourceLineage lineage) {
        try {
            return (begun ? publication.goOn(selection, present, followed, told, lineage) : publication.ensure(present))
                    .oid();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "changing the publication " + publication.name());
        }
    }

    /**
     * A server that was promoted or restored may lack transactions that are in the topic already, and uses their positions
     * for others.
     */
    private SourceLineage requireContinued(@Nullable SourceLineage known, TopicEnd topic) {
        try (Connection asked = replication.open()) {
            SourceLineage now = SourceLineage.read(asked);
            Lsn captured = topic.captured();
            if (captured == null) {
                return now;
            }
            if (known != null && !known.system().equals(now.system())) {
                throw lost("the source is another server now (" + now + " instead of " + known + ")");
            }
            if (known != null && known.timeline() != now.timeline()) {
                Lsn parted = now.partedFrom(known, asked);
                if (parted == null || captured.isAfter(parted)) {
                    throw wentBack(
                            "it is on timeline " + now.timeline() + " now, which left timeline " + known.timeline()
                                    + " at " + (parted == null ? "no known position" : parted),
                            captured);
                }
                if (slot.find() == null) {
                    throw lost("the source has failed over to a server that does not have it (timeline "
                            + known.timeline() + " to " + now.timeline() + ")");
                }
            }
            Lsn end = end();
            if (captured.isAfter(end)) {
                throw wentBack("its log ends at " + end, captured);
            }
            return now;
        } catch (SQLException e) {
            throw notOpened(e);
        }
    }

    private static SluiceException notOpened(SQLException e) {
        if (String.valueOf(e.getMessage()).contains("max_wal_senders")) {
            return new SluiceException(
                    ErrorCode.NO_FREE_WAL_SENDER,
                    "The source has no free WAL sender. Raise max_wal_senders, or end another replication.",
                    e);
        }
        return PostgresErrors.explain(e, "asking the source over the replication protocol");
    }

    private Lsn end() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_current_wal_lsn()::text");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    private static SluiceException wentBack(String how, Lsn captured) {
        return new SluiceException(
                ErrorCode.SLOT_LOST,
                "The source lacks changes that were captured from it already: " + how + ", and the change topic holds"
                        + " everything up to " + captured + ". It was failed over to a server that was behind, or"
                        + " restored. The target may hold rows that the source has lost; reload the tables.");
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
