package io.sluice.capture;

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
import org.jspecify.annotations.Nullable;

/** The surroundings of a run in a test: keeps the facts, and stops when told. */
final class TestingContext implements RunContext {

    private volatile @Nullable TaskOrder order;

    private final CountDownLatch stop = new CountDownLatch(1);
    private final Set<Runnable> actions = ConcurrentHashMap.newKeySet();
    private final List<Fact> facts = new CopyOnWriteArrayList<>();

    void stop() {
        stop.countDown();
        actions.forEach(Runnable::run);
    }

    List<Fact> facts() {
        return facts;
    }

    boolean capturing() {
        return facts.contains(new Fact.StepReached(Fact.Step.CAPTURING));
    }

    List<Fact.CapturePosition> positions() {
        return facts.stream()
                .filter(Fact.CapturePosition.class::isInstance)
                .map(Fact.CapturePosition.class::cast)
                .toList();
    }

    void order(TaskOrder newest) {
        order = newest;
    }

    @Override
    public TaskOrder order() {
        return Objects.requireNonNull(order, "the test gave no order");
    }

    @Override
    public void report(Fact fact) {
        facts.add(fact);
    }

    @Override
    public void progressed() {}

    @Override
    public boolean givesUp(ErrorCode code) {
        return code.retry() == ErrorCode.Retry.NEVER;
    }

    @Override
    public boolean stopping() {
        return stop.getCount() == 0;
    }

    @Override
    public boolean pause(Duration duration) {
        try {
            return stop.await(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Override
    public Handle onStop(Runnable action) {
        actions.add(action);
        if (stopping()) {
            action.run();
        }
        return () -> actions.remove(action);
    }

    @Override
    public Secret open(SealedSecret sealed) {
        throw new UnsupportedOperationException("the test hands its password over in clear");
    }
}
