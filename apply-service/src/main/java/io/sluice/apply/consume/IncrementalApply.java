package io.sluice.apply.consume;

import io.sluice.apply.ApplyMetrics;
import io.sluice.apply.batch.UnfinishedBatch;
import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.change.KnownColumns;
import io.sluice.apply.consume.ChangeFeed.Entry;
import io.sluice.apply.consume.Handover.Asked;
import io.sluice.apply.consume.PendingChanges.Boundary;
import io.sluice.apply.ddl.DdlApply;
import io.sluice.apply.exception.ExceptionDesk;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.exception.Exceptions.Notice;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.ColumnNotes;
import io.sluice.apply.position.LaneNotes;
import io.sluice.apply.position.LoadNotes;
import io.sluice.apply.position.LoadNotes.MovedParts;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.WatchedTables;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.SnapshotFence;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Applies a task's changes from where the target stands until the run must end. What was read is written as soon as
 * nothing more is waiting, so that a lone change is on the target at once and a backlog goes in large batches. The
 * position is stored in the transaction that wrote the changes. One use per object.
 */
public final class IncrementalApply {

    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(1);

    private static final Duration ATTEND_EVERY = Duration.ofMillis(500);
    private static final Duration WATCH_EVERY = Duration.ofSeconds(5);

    /** How often a position is stored when there were no changes. */
    private static final Duration IDLE_POSITION_EVERY = Duration.ofSeconds(5);

    private final ChangeTopic topic;
    private final DatabaseSession target;
    private final Bookkeeping bookkeeping;
    private final long epoch;
    private final PendingChanges pending;
    private final KnownColumns columns;
    private final ColumnNotes columnNotes;
    private final WriterSetup setup;
    private final Handover handover;
    private final BatchWriter writer;
    private final WatchedTables watched;
    private final RunContext context;
    private final ApplyMetrics metrics;
    private final Clock clock;
    private final ChangePace pace;
    private final @Nullable Lanes lanes;
    private final SuspendedTables suspended;
    private final Function<Lsn, @Nullable MovedParts> moved;
    private final RenamedTables renamed;

    /** Up to here the topic must reach: so far something of it was applied. */
    private final long applied;

    private Exceptions exceptions;
    private ExceptionDesk desk;

    /** Tables that the stream carries from a place on that was read, and not committed yet. */
    private @Nullable Asked joining;

    private Boundary committed;
    private long gathered;
    private long lastReport;
    private long lastStored;
    private long lastAttended;
    private long lastWatched;

    /**
     * @param setup makes writers to the target, for all tables
     * @param exceptions that they add to
     * @param chosen the changes that are applied
     * @param fences of the copies of the tables
     * @param ddl carries commands over; null when the user does not want that
     * @param renamed tables that get other names meanwhile
     * @param handover of tables that are loaded beside the stream
     * @param suspended tables among them
     * @param sessions beside that of the target
     * @param moved tells of partitions, one after the other, once the stream is there; null when there is nothing to tell
     */
    public IncrementalApply(
            ChangeTopic topic,
            DatabaseSession target,
            WriterSetup setup,
            Exceptions exceptions,
            Bookkeeping bookkeeping,
            Standing standing,
            ChosenChanges chosen,
            Map<TableName, SnapshotFence> fences,
            @Nullable DdlApply ddl,
            RenamedTables renamed,
            Handover handover,
            SuspendedTables suspended,
            LaneSessions sessions,
            Function<Lsn, @Nullable MovedParts> moved,
            RunContext context,
            ApplyMetrics metrics,
            Clock clock) {
        this.topic = topic;
        this.target = target;
        this.setup = setup;
        this.handover = handover;
        this.suspended = suspended;
        this.writer = new BatchWriter(target, setup.without(handover.apart()), exceptions, ddl, metrics);
        this.exceptions = exceptions;
        this.desk = new ExceptionDesk(exceptions, writer::write);
        this.bookkeeping = bookkeeping;
        this.epoch = standing.epoch();
        this.watched = WatchedTables.of(context.order());
        target.transact("looking at the target's tables", connection -> {
            bookkeeping.share(connection, epoch);
            watched.begin(connection, setup.without(handover.apart()).mappings());
        });
        this.committed = new Boundary(standing.topicOffset(), standing.appliedLsn(), 0, 0);
        this.columnNotes = new ColumnNotes(context.order().taskId());
        this.columns = new KnownColumns(
                target.inTransaction("reading what is known of the columns", columnNotes::read), ddl != null);
        this.pending = new PendingChanges(chosen, fences, columns, committed);
        pending.passOver(handover.apart());
        pending.leaveOut(suspended.leftOut());
        LaneNotes notes = new LaneNotes(context.order().taskId());
        UnfinishedBatch unfinished = target.inTransaction(
                "looking for an unfinished batch", connection -> notes.unfinished(connection, standing.topicOffset()));
        if (unfinished != null) {
            pending.finish(unfinished);
        }
        this.applied = unfinished == null ? standing.topicOffset() : unfinished.end();
        this.lanes = sessions.lanes() == 1
                ? null
                : new Lanes(sessions, target, writer, bookkeeping, notes, standing.epoch(), metrics);
        this.context = context;
        this.pace = new ChangePace(() -> context.order().spec().changeLimits(), System::nanoTime);
        this.metrics = metrics;
        this.moved = moved;
        this.renamed = renamed;
        this.clock = clock;
    }

    /** @throws BeginAgainException when the run is to go on from what is stored, with its tables as they are then */
    public void run() {
        lastStored = System.nanoTime();
        try (writer;
                lanes;
                ChangeFeed feed = new ChangeFeed(topic, committed.nextOffset(), applied, committed.lsn())) {
            feed.open();
            while (!context.stopping()) {
                handover.requireSound();
                gather(feed);
                if (pending.mayCommit()) {
                    commit();
                }
                attendExceptions();
                watch();
                report();
            }
        }
    }

    /**
     * Takes what is there, or waits a moment for something; more than memory allows is written meanwhile. What came before a
     * command is committed before it: whoever mends by hand what it cannot do does not change the ground under earlier rows.
     */
    private void gather(ChangeFeed feed) {
        List<Entry> entries = feed.take(LONGEST_WAIT);
        while (!entries.isEmpty()) {
            for (Entry entry : entries) {
                if (entry.change() instanceof Ddl && pending.mayCommit() && !commit()) {
                    return;
                }
                pending.add(renamed.known(entry, handover, pending), entry.offset(), entry.topicMillis());
                gathered += entry.bytes();
                if (pending.atBoundary(entry.offset())) {
                    pass(entry.offset() + 1);
                }
                if (pending.full()) {
                    makeRoom();
                } else if (mustCommit()
                        || pending.mayCommit()
                                && pace.isASecondsWorth(pending.complete().size(), gathered)) {
                    commit();
                }
            }
            // A batch that has grown large is not held back for more.
            entries = context.stopping() || pending.large() ? List.of() : feed.more();
        }
    }

    private boolean mustCommit() {
        return pending.mayCommit() && (pending.mustCommit() || renamed.any());
    }

    /** Between two source transactions: tables that are waiting to be taken over are the stream's from here on. */
    private void pass(long nextOffset) {
        if (pending.partOpen()) {
            // What is written of a large transaction holds locks that the catch-up may need to get to the place.
            return;
        }
        Asked asked = handover.passing(nextOffset);
        if (asked != null) {
            pending.takeIn(asked.tables(), asked.fences());
            joining = asked;
        }
    }

    /** Somebody may ask for a retry at any time; nobody is asked while there is nothing to retry. */
    private void attendExceptions() {
        MovedParts parts = pending.partOpen() ? null : moved.apply(committed.lsn());
        if (parts != null) {
            note(parts);
        }
        long now = System.nanoTime();
        if (exceptions.count() == 0 && !suspended.any()
                || pending.partOpen()
                || now - lastAttended < ATTEND_EVERY.toNanos()) {
            return;
        }
        lastAttended = now;
        writer.inOpenTransaction(() -> {
            bookkeeping.share(target.connection(), epoch);
            desk.attend(target.connection());
            suspended.attend(target.connection(), committed.lsn());
            metrics.suspended(suspended.count(target.connection()));
            target.connection().commit();
        });
        suspended.attended();
    }

    private void watch() {
        if (!pending.partOpen() && System.nanoTime() - lastWatched > WATCH_EVERY.toNanos()) {
            target.transact("looking at the target's tables", connection -> {
                bookkeeping.share(connection, epoch);
                watched.look(connection);
            });
            lastWatched = System.nanoTime();
        }
    }

    private void note(MovedParts parts) {
        writer.inOpenTransaction(() -> {
            bookkeeping.share(target.connection(), epoch);
            boolean news = new LoadNotes(context.order().taskId()).moved(target.connection(), parts);
            if (news && !parts.findings().isEmpty()) {
                exceptions.notice(
                        target.connection(),
                        parts.table(),
                        Notice.PARTITION,
                        parts.words(context.order().spec().mode().loads()));
            }
            target.connection().commit();
        });
    }

    /** After rows were written: waits as long as the limits ask for it. */
    private void keepPace(long rows) {
        pace.passed(rows, gathered);
        gathered = 0;
        double seconds = pace.secondsOwed();
        while (seconds > 0 && !context.pause(Duration.ofMillis((long) Math.ceil(Math.min(seconds * 1_000, 200))))) {
            report();
            seconds = pace.secondsOwed();
        }
    }

    private void makeRoom() {
        if (pending.mayCommit() && !commit()) {
            // What comes after the place of a hand-over is not written before it: the run ends.
            return;
        }
        if (pending.full()) {
            // One source transaction is larger than what is held: it stays one target transaction.
            long rows = pending.all().size();
            writer.inOpenTransaction(() -> writer.write(pending.all(), false));
            pending.partWritten();
            keepPace(rows);
        }
    }

    /** Returns false, and has done nothing, when the run must end before tables can be taken over. */
    private boolean commit() {
        Asked join = joining;
        if (join != null && !handover.awaitCaughtUp(context)) {
            return false;
        }
        Boundary boundary = pending.boundary();
        long rows = 0;
        boolean storeIdle = System.nanoTime() - lastStored > IDLE_POSITION_EVERY.toNanos();
        if (pending.hasWork() || storeIdle || join != null || renamed.any()) {
            long started = System.nanoTime();
            long transactions = pending.transactions();
            rows = pending.complete().size();
            if (join != null || renamed.any() || !writtenByLanes(boundary)) {
                writeInOrder(boundary, join);
            }
            if (join != null) {
                joining = null;
                handover.taken();
            }
            lastStored = System.nanoTime();
            context.progressed();
            metrics.committed(transactions, Duration.ofNanos(lastStored - started));
        }
        pending.written();
        committed = boundary;
        if (renamed.any()) {
            throw new BeginAgainException();
        }
        metrics.lag(totalMillis());
        keepPace(rows);
        return true;
    }

    private boolean writtenByLanes(Boundary boundary) {
        return lanes != null
                && !pending.partOpen()
                && !pending.finishing()
                && columns.news().isEmpty()
                && lanes.write(pending.complete(), boundary, setup.without(handover.apart()), exceptions, context);
    }

    private void writeInOrder(Boundary boundary, @Nullable Asked join) {
        boolean altering = join != null || mustCommit();
        writer.inOpenTransaction(() -> {
            if (altering && !pending.partOpen()) {
                watched.look(target.connection());
            }
            if (join != null) {
                takeOver(join);
            }
            writer.write(pending.complete(), true);
            if (altering) {
                watched.accept(target.connection(), setup.without(apart(join)).mappings());
            }
            columnNotes.note(target.connection(), columns.news());
            renamed.carryOut(target.connection(), boundary.nextOffset());
            bookkeeping.advance(target.connection(), epoch, boundary.nextOffset(), boundary.lsn());
            target.connection().commit();
        });
        columns.noted();
        if (lanes != null && altering) {
            lanes.renew();
        }
    }

    /** In the transaction with which the stream passes the place of the hand-over. */
    private void takeOver(Asked join) throws SQLException {
        String taskId = context.order().taskId();
        Set<TableName> apart = apart(join);
        watched.comeBack(target.connection(), join.tables());
        new TableTurns(taskId).joined(target.connection(), join.tables());
        suspended.over(target.connection(), join.tables());
        Map<TableName, List<String>> loaded = columnNotes.read(target.connection());
        loaded.keySet().retainAll(join.tables());
        columns.learn(loaded);
        pending.takenOver();
        exceptions = Exceptions.read(target.connection(), taskId, apart);
        desk = new ExceptionDesk(exceptions, writer::write);
        writer.renew(setup.without(apart), exceptions);
    }

    private Set<TableName> apart(@Nullable Asked join) {
        Set<TableName> apart = new HashSet<>(handover.apart());
        if (join != null) {
            apart.removeAll(join.tables());
        }
        return apart;
    }

    private void report() {
        long now = System.nanoTime();
        if (now - lastReport < REPORT_EVERY.toNanos() && lastReport != 0 || committed.sourceMillis() == 0) {
            return;
        }
        lastReport = now;
        metrics.exceptions(exceptions.count());
        long behind = Math.max(0, clock.millis() - committed.topicMillis());
        context.report(new Fact.ApplyPosition(committed.lsn().toString(), behind, totalMillis()));
    }

    private long totalMillis() {
        return Math.max(0, clock.millis() - committed.sourceMillis());
    }
}
