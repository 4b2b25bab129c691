package io.sluice.task.progress;

import io.sluice.task.progress.LiveFeed.Moment;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the tasks that somebody reads live: once a second at each, however many read it. What any instance has written
 * is seen. Thread-safe.
 */
@ApplicationScoped
class LiveTasks {

    private static final Logger LOG = Logger.getLogger(LiveTasks.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final ProgressService progress;

    /** By task; guarded by this. */
    private final Map<String, Watch> watches = new HashMap<>();

    LiveTasks(ProgressService progress) {
        this.progress = progress;
    }

    /** To be closed by who reads. */
    synchronized Reading join(String id) {
        Watch watch = watches.get(id);
        if (watch == null) {
            watch = new Watch(id);
            watches.put(id, watch);
            Thread.ofVirtual().name("live-" + id).start(watch::run);
        }
        watch.readers++;
        return new Reading(watch);
    }

    /** Whether somebody reads; else the watch is forgotten. */
    private synchronized boolean wanted(Watch watch) {
        if (watch.readers == 0) {
            watches.remove(watch.id, watch);
            return false;
        }
        return true;
    }

    private synchronized void leave(Watch watch) {
        watch.readers--;
    }

    private synchronized void forget(Watch watch) {
        watches.remove(watch.id, watch);
    }

    /** One reader of one task. For one thread. */
    final class Reading implements AutoCloseable {

        private final Watch watch;
        private @Nullable Moment seen;

        private Reading(Watch watch) {
            this.watch = watch;
        }

        /** Waits for a moment that this reader has not seen, but not for long. */
        Optional<Moment> next() throws InterruptedException {
            Moment newest = watch.await(seen);
            if (Objects.equals(newest, seen)) {
                return Optional.empty();
            }
            seen = newest;
            return Optional.ofNullable(newest);
        }

        /** The task is gone, or could not be looked at: nothing comes any more. */
        boolean over() {
            return watch.over();
        }

        @Override
        public void close() {
            leave(watch);
        }
    }

    /** One task that is looked at. */
    private final class Watch {

        private final String id;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition news = lock.newCondition();

        /** Guarded by the outer object. */
        private int readers;

        private volatile @Nullable Moment newest;
        private volatile boolean over;

        Watch(String id) {
            this.id = id;
        }

        void run() {
            try {
                while (wanted(this)) {
                    Optional<Moment> moment = progress.look(id, newest);
                    if (moment.isEmpty()) {
                        return;
                    }
                    newest = moment.get();
                    tell();
                    Thread.sleep(BETWEEN_LOOKS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.warnf(e, "Task %s cannot be shown live", id);
            } finally {
                forget(this);
                over = true;
                tell();
            }
        }

        /** No monitor: a virtual thread that waits for one holds on to its carrier. */
        private void tell() {
            lock.lock();
            try {
                news.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Nullable
        Moment await(@Nullable Moment known) throws InterruptedException {
            lock.lock();
            try {
                long left = BETWEEN_LOOKS.toNanos();
                while (left > 0 && Objects.equals(newest, known) && !over) {
                    left = news.awaitNanos(left);
                }
                return newest;
            } finally {
                lock.unlock();
            }
        }

        boolean over() {
            return over;
        }
    }
}
