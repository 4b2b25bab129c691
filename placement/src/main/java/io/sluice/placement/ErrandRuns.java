package io.sluice.placement;

import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * The errands of one task on this instance, each on a thread of its own: begun when the newest order has them, ended when
 * it has them no more. What the run does, and how often it begins anew, is none of their business. Thread-safe; the lock
 * is this object.
 */
final class ErrandRuns {

    private static final Logger LOG = Logger.getLogger(ErrandRuns.class);

    private final String taskId;
    private final TaskWorker worker;
    private final Reports reports;
    private final SecretSeal seal;
    private final Clock clock;

    /** Those that are over stay until the order has them no more, so that none is carried out twice. */
    private final Map<String, ErrandRun> runs = new HashMap<>();

    ErrandRuns(String taskId, TaskWorker worker, Reports reports, SecretSeal seal, Clock clock) {
        this.taskId = taskId;
        this.worker = worker;
        this.reports = reports;
        this.seal = seal;
        this.clock = clock;
    }

    synchronized void take(TaskOrder order) {
        Map<String, Errand> wanted = order.phase() == Phase.STOP || order.phase() == Phase.DELETE
                ? Map.of()
                : order.errands().stream().collect(Collectors.toMap(Errand::id, errand -> errand));
        runs.entrySet().removeIf(entry -> {
            if (wanted.containsKey(entry.getKey())) {
                return false;
            }
            entry.getValue().signal.give();
            return true;
        });
        wanted.forEach((id, errand) -> {
            ErrandRun known = runs.get(id);
            if (known != null) {
                known.order = order;
                return;
            }
            ErrandRun run = new ErrandRun(order, errand);
            runs.put(id, run);
            run.thread.start();
        });
    }

    synchronized void release() {
        runs.values().forEach(run -> run.signal.give());
    }

    /** Waits for all to end after {@link #release}. Returns false when one has not. */
    boolean awaitEnd(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        List<ErrandRun> ending;
        synchronized (this) {
            ending = List.copyOf(runs.values());
        }
        for (ErrandRun run : ending) {
            Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
            if (!run.thread.join(left)) {
                return false;
            }
        }
        return true;
    }

    /** One errand and its surroundings. */
    private final class ErrandRun implements RunContext {

        private final Errand errand;
        private final StopSignal signal = new StopSignal();
        private final Thread thread;
        private volatile TaskOrder order;

        ErrandRun(TaskOrder order, Errand errand) {
            this.order = order;
            this.errand = errand;
            this.thread = Thread.ofPlatform().name(errand.id() + "-" + taskId).unstarted(this::run);
        }

        private void run() {
            try {
                worker.carryOut(errand, this);
            } catch (Throwable e) {
                // What a worker can foresee it reports itself.
                LOG.errorf(e, "An errand ended without a word: task=%s errand=%s", taskId, errand.id());
            }
        }

        @Override
        public TaskOrder order() {
            return order;
        }

        @Override
        public void report(Fact fact) {
            reports.send(new TaskReport(
                    taskId, order.generation(), worker.service(), reports.instance(), clock.instant(), fact));
        }

        @Override
        public void progressed() {
            // Retries are those of the run.
        }

        @Override
        public boolean givesUp(ErrorCode code) {
            return code.retry() == ErrorCode.Retry.NEVER;
        }

        @Override
        public boolean stopping() {
            return signal.given();
        }

        @Override
        public boolean pause(Duration duration) {
            return signal.await(duration);
        }

        @Override
        public Handle onStop(Runnable action) {
            return signal.onGiven(action);
        }

        @Override
        public Secret open(SealedSecret sealed) {
            return seal.open(taskId, sealed);
        }
    }
}
