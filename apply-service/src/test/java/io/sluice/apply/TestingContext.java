package io.sluice.apply;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A run's surroundings without Kafka: keeps what was reported. */
public final class TestingContext implements RunContext {

    private volatile @Nullable TaskOrder order;

    private volatile boolean givesUp;

    private volatile Consumer<Fact> onReport = fact -> {};

    private final List<Fact> facts = new CopyOnWriteArrayList<>();
    private final Set<Runnable> stopActions = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stopped = new CountDownLatch(1);

    public List<Fact> facts() {
        return facts;
    }

    /** Called with each fact that is reported, on the thread that reports it. */
    public void onReport(Consumer<Fact> action) {
        onReport = action;
    }

    /** From here on the time is over in which errors are tried again. */
    void giveUp() {
        givesUp = true;
    }

    public boolean reached(Fact.Step step) {
        return facts.contains(new Fact.StepReached(step));
    }

    public void stop() {
        stopped.countDown();
        stopActions.forEach(Runnable::run);
    }

    /** As it is for a moment: the run must end, and no session is cut yet. */
    void beginStop() {
        stopped.countDown();
    }

    public void order(TaskOrder newest) {
        order = newest;
    }

    @Override
    public TaskOrder order() {
        return Objects.requireNonNull(order, "the test gave no order");
    }

    @Override
    public void report(Fact fact) {
        facts.add(fact);
        onReport.accept(fact);
    }

    @Override
    public void progressed() {}

    @Override
    public boolean givesUp(ErrorCode code) {
        return givesUp || code.retry() == ErrorCode.Retry.NEVER;
    }

    @Override
    public boolean stopping() {
        return stopped.getCount() == 0;
    }

    @Override
    public boolean pause(Duration duration) {
        try {
            return stopped.await(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Override
    public Handle onStop(Runnable action) {
        stopActions.add(action);
        return () -> stopActions.remove(action);
    }

    @Override
    public Secret open(SealedSecret sealed) {
        throw new UnsupportedOperationException("the run is given its connections");
    }
}
