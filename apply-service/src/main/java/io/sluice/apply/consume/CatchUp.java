package io.sluice.apply.consume;

import io.sluice.apply.ApplyMetrics;
import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.change.KnownColumns;
import io.sluice.apply.change.LeftOut;
import io.sluice.apply.consume.ChangeFeed.Entry;
import io.sluice.apply.consume.Handover.Asked;
import io.sluice.apply.consume.PendingChanges.Boundary;
import io.sluice.apply.ddl.DdlApply;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.ColumnNotes;
import io.sluice.apply.position.TableRenames;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.LockHolders;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.SnapshotFence;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies the changes of tables that were copied beside the stream, from where they were taken apart, until the stream
 * takes them over. How far it is it stores in the transaction that wrote the changes. One use per object.
 */
public final class CatchUp {

    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);
    private static final Duration IDLE_POSITION_EVERY = Duration.ofSeconds(5);

    /** So few records behind the stream, it asks to be taken over: the stream waits for these. */
    private static final long NEAR = 2_000;

    /**
     * What comes while it writes it is always behind, and what is read ahead; so many batches are as near as it gets to a
     * stream that never rests.
     */
    private static final long NEAR_BATCHES = 4;

    private static final long FARTHEST = 20_000;

    private final ChangeTopic topic;
    private final DatabaseSession target;
    private final Bookkeeping bookkeeping;
    private final TableTurns turns;
    private final long epoch;
    private final Set<TableName> tables;
    private final Map<TableName, SnapshotFence> fences;
    private final PendingChanges pending;
    private final OldNames names;
    private final KnownColumns columns;
    private final ColumnNotes columnNotes;
    private final BatchWriter writer;
    private final Handover handover;
    private final RunContext context;
    private final long start;
    private long lastStored;
    private long written;
    private long lastBatch;
    private long place = -1;

    /**
     * @param setup for these tables alone
     * @param chosen the changes of these tables that are applied
     * @param from where the changes of each begin
     * @param fences of their copies, where there are any
     * @param leftOut changes that users have left out
     */
    public CatchUp(
            ChangeTopic topic,
            DatabaseSession target,
            WriterSetup setup,
            Exceptions exceptions,
            Bookkeeping bookkeeping,
            TableTurns turns,
            long epoch,
            ChosenChanges chosen,
            Map<TableName, Long> from,
            Map<TableName, SnapshotFence> fences,
            Set<LeftOut> leftOut,
            @Nullable DdlApply ddl,
            Handover handover,
            RunContext context,
            ApplyMetrics metrics) {
        this.topic = topic;
        this.target = target;
        this.bookkeeping = bookkeeping;
        this.turns = turns;
        this.epoch = epoch;
        this.tables = Set.copyOf(from.keySet());
        this.fences = Map.copyOf(fences);
        this.start = Collections.min(from.values());
        this.written = start;
        this.columnNotes = new ColumnNotes(context.order().taskId());
        this.columns = new KnownColumns(
                target.inTransaction("reading what is known of the columns", columnNotes::read), ddl != null);
        this.names = new OldNames(target.inTransaction(
                "reading what was renamed", new TableRenames(context.order().taskId())::read));
        this.pending = new PendingChanges(chosen, fences, columns, new Boundary(start, Lsn.ZERO, 0, 0));
        pending.onlyFrom(from);
        pending.leaveOut(leftOut);
        this.writer = new BatchWriter(target, setup, exceptions, ddl, metrics);
        this.handover = handover;
        this.context = context;
    }

    /** Returns true when the stream has taken the tables over, false when the run must end before. */
    public boolean run() {
        LockHolders.limitWaits(target);
        lastStored = System.nanoTime();
        try (writer;
                ChangeFeed feed = new ChangeFeed(topic, start, start, Lsn.ZERO)) {
            feed.open();
            while (!context.stopping()) {
                List<Entry> entries = feed.take(LONGEST_WAIT);
                while (!entries.isEmpty()) {
                    if (take(entries)) {
                        return handover.reached(context);
                    }
                    entries = context.stopping() || pending.large() ? List.of() : feed.more();
                }
                if (pending.mayCommit()) {
                    commit();
                }
            }
            return false;
        }
    }

    /** Returns true when the place of the hand-over is reached, and everything before it committed. */
    private boolean take(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.change() instanceof Ddl && pending.mayCommit()) {
                commit();
            }
            pending.add(names.now(entry.change(), entry.offset()), entry.offset(), entry.topicMillis());
            boolean boundary = pending.atBoundary(entry.offset());
            if (pending.full()) {
                makeRoom();
            } else if (pending.mustCommit()) {
                commit();
            }
            if (boundary && arrived(pending.boundary().nextOffset())) {
                return true;
            }
            if (context.stopping()) {
                return false;
            }
        }
        return false;
    }

    private boolean arrived(long nextOffset) {
        long near = Math.clamp(NEAR_BATCHES * lastBatch, NEAR, FARTHEST);
        if (place < 0 && nextOffset + near >= handover.streamAt()) {
            commit();
            place = handover.ask(new Asked(tables, fences, nextOffset), context);
        }
        if (place < 0 || nextOffset < place) {
            return false;
        }
        commit();
        return true;
    }

    private void makeRoom() {
        if (pending.mayCommit()) {
            commit();
        }
        if (pending.full()) {
            // One source transaction is larger than what is held: it stays one target transaction.
            writer.inOpenTransaction(() -> {
                bookkeeping.share(target.connection(), epoch);
                writer.write(pending.all(), false);
            });
            pending.partWritten();
        }
    }

    private void commit() {
        boolean storeIdle = System.nanoTime() - lastStored > IDLE_POSITION_EVERY.toNanos();
        if (pending.hasWork() || storeIdle) {
            long nextOffset = pending.boundary().nextOffset();
            writer.inOpenTransaction(() -> {
                bookkeeping.share(target.connection(), epoch);
                writer.write(pending.complete(), true);
                columnNotes.note(target.connection(), columns.news());
                turns.advance(target.connection(), tables, nextOffset);
                target.connection().commit();
            });
            columns.noted();
            lastStored = System.nanoTime();
        }
        long next = pending.boundary().nextOffset();
        lastBatch = next - written;
        written = next;
        pending.written();
    }
}
