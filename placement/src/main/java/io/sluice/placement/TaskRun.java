package io.sluice.placement;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One task on this instance: a thread that carries out the newest order, and is told of newer ones. The lock is this
 * object; it guards {@code desired}, {@code handled} and {@code released}.
 */
final class TaskRun {

    private static final Logger LOG = Logger.getLogger(TaskRun.class);

    private final String taskId;
    private final TaskWorker worker;
    private final Reports reports;
    private final SecretSeal seal;
    private final Clock clock;
    private final Thread thread;
    private final ErrandRuns errands;

    private @Nullable TaskOrder desired;
    private @Nullable TaskOrder handled;
    private boolean released;
    private @Nullable Context current;

    TaskRun(String taskId, TaskWorker worker, Reports reports, SecretSeal seal, Clock clock) {
        this.taskId = taskId;
        this.worker = worker;
        this.reports = reports;
        this.seal = seal;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("task-" + taskId).unstarted(this::loop);
        this.errands = new ErrandRuns(taskId, worker, reports, seal, clock);
    }

    void start() {
        thread.start();
    }

    /** Takes a newer order; of a repeated one only the news that the task has begun, and other errands. */
    synchronized void desire(TaskOrder order) {
        if (desired != null && order.generation() <= desired.generation()) {
            if (order.generation() == desired.generation()) {
                repeated(order);
            }
            return;
        }
        if (!released) {
            errands.take(order);
        }
        TaskOrder before = desired;
        desired = order;
        if (current != null && !current.over && before != null && goesOn(before, order)) {
            current.adopt(order);
            handled = order;
        } else if (current != null) {
            current.stop();
        }
        notifyAll();
    }

    /** The same order again: what runs goes on, and nothing is run again. */
    private void repeated(TaskOrder same) {
        if (!released) {
            errands.take(same);
        }
        if (desired != null && desired.equals(handled)) {
            handled = same;
            if (current != null) {
                current.adopt(same);
            }
        }
        desired = same;
    }

    /** The instance has lost the task: ends the run, without any clean-up. */
    synchronized void release() {
        released = true;
        errands.release();
        if (current != null) {
            current.stop();
        }
        notifyAll();
    }

    /** Waits for the run to end after {@link #release}. Returns false when it has not. */
    boolean awaitEnd(Duration most) throws InterruptedException {
        return thread.join(most) && errands.awaitEnd(most);
    }

    private boolean goesOn(TaskOrder before, TaskOrder after) {
        return worker.runsIn(before.phase())
                && worker.runsIn(after.phase())
                && before.spec().sameRun(after.spec())
                && before.tables().equals(after.tables())
                && before.selection() == after.selection()
                && (!worker.loads() || before.loads().equals(after.loads()));
    }

    private void loop() {
        try {
            while (true) {
                Context context = next();
                if (context == null) {
                    return;
                }
                carryOut(context);
                synchronized (this) {
                    current = null;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @Nullable Context next() throws InterruptedException {
        while (!released && (desired == null || desired.equals(handled))) {
            wait();
        }
        if (released || desired == null) {
            return null;
        }
        handled = desired;
        current = new Context(desired);
        return current;
    }

    private void carryOut(Context context) {
        Phase phase = context.order.phase();
        if (worker.runsIn(phase)) {
            runWithRetries(context);
        } else if (phase == Phase.STOP || phase == Phase.DELETE) {
            end(context);
        }
    }

    private void runWithRetries(Context context) {
        while (!context.stopping()) {
            SluiceException error = attempt(() -> worker.run(context.order, context));
            if (error == null || context.stopping()) {
                over(context);
                return;
            }
            LOG.warnf(error, "Run ended by an error: task=%s code=%s", taskId, error.code());
            switch (context.failed(error.code())) {
                case RetryClock.Verdict.GiveUp() -> {
                    over(context);
                    context.report(new Fact.Failed(error.code(), String.valueOf(error.getMessage())));
                    return;
                }
                case RetryClock.Verdict.Again(var pause, var since, var until) -> {
                    context.report(new Fact.Retrying(error.code(), String.valueOf(error.getMessage()), since, until));
                    context.pause(pause);
                }
            }
        }
    }

    /** From here on a newer order is not taken over by this run, but begins another. */
    private synchronized void over(Context context) {
        context.over = true;
    }

    private void end(Context context) {
        while (!context.stopping()) {
            List<Fact.Leftover> leftovers = new ArrayList<>();
            SluiceException error = attempt(() -> leftovers.addAll(worker.end(context.order, context)));
            if (error == null) {
                context.report(new Fact.Ended(leftovers));
                return;
            }
            if (context.stopping()) {
                return;
            }
            String detail = String.valueOf(error.getMessage());
            LOG.warnf(error, "Ending a task failed: task=%s code=%s", taskId, error.code());
            switch (context.failed(error.code())) {
                case RetryClock.Verdict.GiveUp() -> {
                    context.report(new Fact.Ended(List.of(
                            new Fact.Leftover("what " + worker.service() + " keeps for the task", detail, null))));
                    return;
                }
                case RetryClock.Verdict.Again(var pause, var since, var until) -> {
                    context.report(new Fact.Retrying(error.code(), detail, since, until));
                    context.pause(pause);
                }
            }
        }
    }

    private static @Nullable SluiceException attempt(Runnable work) {
        try {
            work.run();
            return null;
        } catch (SluiceException e) {
            return e;
        } catch (Throwable e) {
            // An Error too: a run that ends without a word is the worst there is.
            return new SluiceException(
                    ErrorCode.INTERNAL, "An unexpected error: " + e.getClass().getSimpleName() + "; see the log.", e);
        }
    }

    /** The surroundings of one run. */
    private final class Context implements RunContext {

        private final StopSignal signal = new StopSignal();
        private final RetryClock retries;
        private volatile TaskOrder order;
        private boolean over;

        Context(TaskOrder order) {
            this.order = order;
            this.retries = new RetryClock(order.spec().retry(), System::nanoTime);
        }

        void adopt(TaskOrder newer) {
            order = newer;
        }

        synchronized RetryClock.Verdict failed(ErrorCode code) {
            return retries.failed(code, clock.instant());
        }

        void stop() {
            signal.give();
        }

        @Override
        public TaskOrder order() {
            return order;
        }

        @Override
        public void report(Fact fact) {
            TaskOrder now = order;
            reports.send(new TaskReport(
                    taskId, now.generation(), worker.service(), reports.instance(), clock.instant(), fact));
        }

        @Override
        public void progressed() {
            boolean recovered;
            synchronized (this) {
                recovered = retries.progressed();
            }
            if (recovered) {
                report(new Fact.Recovered());
            }
        }

        @Override
        public synchronized boolean givesUp(ErrorCode code) {
            return retries.over(code);
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
