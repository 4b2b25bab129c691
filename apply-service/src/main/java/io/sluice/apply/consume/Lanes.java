package io.sluice.apply.consume;

import io.sluice.apply.ApplyMetrics;
import io.sluice.apply.batch.LaneLayout;
import io.sluice.apply.consume.PendingChanges.Boundary;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LaneNotes;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.LockHolders;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.placement.RunContext;
import io.sluice.postgres.PostgresErrors;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Writes large batches in several transactions of the target at once. A batch is divided by key; nobody commits before
 * everybody has written all of its part; then all lanes but the first commit, and the first one last, with the task's
 * position. What cannot be written so is left to be written in order, by the stream's session alone: the lanes then have
 * written nothing. Not thread-safe.
 */
final class Lanes implements AutoCloseable {

    private static final String DOING = "applying changes to the target";

    /** A smaller batch is on the target sooner in one transaction. */
    private static final int WORTH_DIVIDING = 200;

    /** After a batch that had to be written in order, so many others are, too: its cause may last. */
    private static final int REST = 10;

    private final LaneSessions sessions;
    private final DatabaseSession target;
    private final BatchWriter first;
    private final Bookkeeping bookkeeping;
    private final LaneNotes notes;
    private final long epoch;
    private final ApplyMetrics metrics;
    private final List<Lane> others = new ArrayList<>();
    private final ExecutorService threads;
    private @Nullable LaneLayout layout;
    private int resting;

    /** Of the work that was done last; null where it was not an error of a database. */
    private @Nullable SQLException failure;

    /**
     * @param target the session of the stream, the first lane
     * @param first writes on it
     */
    Lanes(
            LaneSessions sessions,
            DatabaseSession target,
            BatchWriter first,
            Bookkeeping bookkeeping,
            LaneNotes notes,
            long epoch,
            ApplyMetrics metrics) {
        this.sessions = sessions;
        this.target = target;
        this.first = first;
        this.bookkeeping = bookkeeping;
        this.notes = notes;
        this.epoch = epoch;
        this.metrics = metrics;
        this.threads = Executors.newFixedThreadPool(
                sessions.lanes() - 1,
                task -> Thread.ofPlatform().name("lane-", 1).unstarted(task));
    }

    /** The tables are not as they were, or others: the next batch is divided anew. */
    void renew() {
        layout = null;
    }

    /**
     * Writes and commits a batch, and the position with it; between two transactions of the stream's session.
     *
     * @return false when the batch must be written in order; nothing was written then
     */
    boolean write(
            List<ChangeRecord> changes,
            Boundary boundary,
            WriterSetup setup,
            Exceptions exceptions,
            RunContext context) {
        if (changes.size() < WORTH_DIVIDING || exceptions.concern(changes)) {
            return false;
        }
        if (resting > 0) {
            resting--;
            return false;
        }
        List<List<ChangeRecord>> parts = layout(setup, exceptions).divide(changes);
        if (parts == null || parts.stream().filter(part -> !part.isEmpty()).count() < 2) {
            return false;
        }
        List<Lane> busy = others.stream()
                .filter(lane -> !parts.get(lane.number()).isEmpty())
                .toList();
        if (!writeParts(parts, boundary, busy)) {
            resting = REST;
            return false;
        }
        commit(busy, context);
        metrics.rows(changes.size());
        return true;
    }

    /** All lanes are at the task's position here, so another division cannot be mistaken for that of a batch. */
    private LaneLayout layout(WriterSetup setup, Exceptions exceptions) {
        if (layout != null) {
            return layout;
        }
        others.forEach(Lane::close);
        others.clear();
        LaneLayout found = target.inTransaction("dividing the tables", connection -> {
            bookkeeping.share(connection, epoch);
            LaneLayout read = setup.layout(connection, sessions.lanes());
            notes.begin(connection, read);
            return read;
        });
        for (int number = 1; number < sessions.lanes(); number++) {
            DatabaseSession session = sessions.open().get();
            LockHolders.limitWaits(session);
            others.add(new Lane(
                    number,
                    session,
                    new BatchWriter(session, setup, exceptions, null, metrics),
                    bookkeeping,
                    notes,
                    epoch));
        }
        layout = found;
        return found;
    }

    /** Returns false, with every transaction rolled back, when a part could not be written. */
    private boolean writeParts(List<List<ChangeRecord>> parts, Boundary boundary, List<Lane> busy) {
        List<Callable<Boolean>> work = new ArrayList<>();
        for (Lane lane : busy) {
            List<ChangeRecord> part = parts.get(lane.number());
            work.add(() -> lane.write(part, boundary.nextOffset()));
        }
        if (together(work, () -> writeFirst(parts.getFirst(), boundary))) {
            return true;
        }
        if (failure != null && PostgresErrors.classify(failure).retry() == ErrorCode.Retry.CONNECTION) {
            throw PostgresErrors.explain(failure, DOING);
        }
        target.end();
        busy.forEach(lane -> lane.session().end());
        return false;
    }

    private boolean writeFirst(List<ChangeRecord> part, Boundary boundary) throws SQLException {
        Lane.setUp(target);
        if (!part.isEmpty() && !first.writePlanned(part)) {
            return false;
        }
        Lane.checkConstraints(target);
        bookkeeping.advance(target.connection(), epoch, boundary.nextOffset(), boundary.lsn());
        return true;
    }

    /** A stop does not come between the commits; only what kills can. */
    private void commit(List<Lane> busy, RunContext context) {
        List<DatabaseSession> all =
                new ArrayList<>(busy.stream().map(Lane::session).toList());
        all.add(target);
        all.forEach(DatabaseSession::hold);
        try {
            if (context.stopping()) {
                throw new SQLException("stopped", "57P01");
            }
            List<Callable<Boolean>> work = new ArrayList<>();
            for (Lane lane : busy) {
                work.add(() -> {
                    lane.commit();
                    return true;
                });
            }
            if (!together(work, () -> true)) {
                throw failure == null ? new SQLException("a lane could not commit", "08006") : failure;
            }
            target.connection().commit();
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, DOING);
        } finally {
            all.forEach(DatabaseSession::release);
        }
    }

    /** Does all of it, and returns when nothing of it goes on; whether everything was done. */
    private boolean together(List<Callable<Boolean>> elsewhere, Callable<Boolean> here) {
        failure = null;
        List<Future<Boolean>> under = elsewhere.stream().map(threads::submit).toList();
        boolean done = answer(here);
        for (Future<Boolean> one : under) {
            done &= answer(() -> uninterrupted(one));
        }
        return done;
    }

    /** Whatever goes wrong is found again, and named, by whoever writes in order. */
    private boolean answer(Callable<Boolean> work) {
        try {
            return work.call();
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            if (cause instanceof SQLException error) {
                failure = error;
            }
            return false;
        }
    }

    private static boolean uninterrupted(Future<Boolean> future) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        others.forEach(Lane::close);
    }
}
