package io.sluice.apply.load;

import io.sluice.apply.load.LoadWorker.RewrittenException;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Works off a queue under one snapshot, with as many workers as the task's newest order says. An error about a table
 * ends the work on that table, any other one the round. One use per object.
 */
final class CopyRound {

    private static final Logger LOG = Logger.getLogger(CopyRound.class);

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    private final Loading loading;
    private final SourceSnapshot snapshot;
    private final ColumnWatch columns;
    private final WorkQueue queue;
    private final int mostWorkers;
    private final Set<LoadSessions> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean idle;

    /** @param mostWorkers whatever the order says */
    CopyRound(Loading loading, SourceSnapshot snapshot, ColumnWatch columns, WorkQueue queue, int mostWorkers) {
        this.loading = loading;
        this.snapshot = snapshot;
        this.columns = columns;
        this.queue = queue;
        this.mostWorkers = mostWorkers;
    }

    /**
     * Returns when the queue is empty, or the run must end.
     *
     * @throws SluiceException the first error that is not about one table; the other workers are stopped
     */
    void run() {
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("load-", 1).factory())) {
            while (!idle && !over()) {
                int wanted = wanted();
                queue.pace(wanted, loading.pace().bytesPerSecond());
                while (active.get() < wanted) {
                    active.incrementAndGet();
                    threads.execute(this::work);
                }
                loading.context().pause(LOOK_EVERY);
                loading.progress().send();
            }
            queue.close();
        }
        loading.progress().send();
        Throwable first = failure.get();
        if (first == null && !loading.context().stopping() && !queue.drained()) {
            throw new SluiceException(ErrorCode.INTERNAL, "the load ended before all of its work was done");
        }
        if (first == null || loading.context().stopping()) {
            return;
        }
        if (first instanceof RuntimeException cause) {
            throw cause;
        }
        throw new SluiceException(ErrorCode.INTERNAL, "a load worker failed", first);
    }

    private int wanted() {
        return Math.min(mostWorkers, loading.context().order().spec().loadWorkers());
    }

    private void work() {
        boolean counted = true;
        try (LoadSessions own =
                new LoadSessions(loading.source(), loading.target(), loading.context(), loading.dialect(), wanted())) {
            sessions.add(own);
            HeldSlot slot = new HeldSlot(loading.slots(), loading.order().taskId(), this::over);
            LoadWorker worker = new LoadWorker(loading, snapshot, columns, own, slot);
            while (!over()) {
                if (surplus()) {
                    counted = false;
                    return;
                }
                Work next = queue.take();
                if (next == null) {
                    idle = true;
                    return;
                }
                inSlot(slot, worker, own, next);
            }
        } catch (RuntimeException | Error e) {
            if (failure.compareAndSet(null, e)) {
                queue.close();
                // What the others copy is void by now; a big piece would take them long.
                sessions.forEach(LoadSessions::cut);
            }
        } finally {
            if (counted) {
                active.decrementAndGet();
            }
        }
    }

    /** There are more workers than wanted; this one is not counted any more then. */
    private boolean surplus() {
        int count = active.get();
        while (count > wanted()) {
            if (active.compareAndSet(count, count - 1)) {
                return true;
            }
            count = active.get();
        }
        return false;
    }

    private boolean over() {
        return failure.get() != null || loading.context().stopping();
    }

    private void inSlot(HeldSlot slot, LoadWorker worker, LoadSessions own, Work work) {
        if (!slot.take()) {
            queue.close();
            return;
        }
        try {
            carryOut(worker, own, work);
        } finally {
            slot.giveBack();
        }
    }

    private void carryOut(LoadWorker worker, LoadSessions own, Work work) {
        long began = System.nanoTime();
        try {
            worker.run(work);
            queue.done(work, Duration.ofNanos(System.nanoTime() - began));
            return;
        } catch (RewrittenException e) {
            queue.rewritten(work);
        } catch (SluiceException e) {
            if (loading.context().stopping() || !aboutTables(e)) {
                throw e;
            }
            if (worker.changed(work)) {
                queue.rewritten(work);
                own.renew();
                return;
            }
            SluiceException named = new SluiceException(e.code(), capital(work.text()) + ": " + e.getMessage(), e);
            LOG.warnf(e, "Load work failed: task=%s what=%s", loading.order().taskId(), work.text());
            queue.failed(work, named);
            work.tables().stream()
                    .filter(table -> table.failure() != null)
                    .forEach(table -> table.names()
                            .forEach(name -> loading.progress().failed(name, String.valueOf(named.getMessage()))));
        }
        own.renew();
    }

    /** Whether other tables can go on: connections, and Sluice itself, concern all of them. */
    private static boolean aboutTables(SluiceException error) {
        return error.code().retry() != ErrorCode.Retry.CONNECTION
                && error.code() != ErrorCode.INTERNAL
                && error.code() != ErrorCode.BOOKKEEPING_LOST;
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
