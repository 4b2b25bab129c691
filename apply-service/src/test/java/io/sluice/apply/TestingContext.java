package io.sluice.apply;

import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A run's surroundings without Kafka: keeps what was reported. */
final class TestingContext implements RunContext {

    private final List<Fact> facts = new CopyOnWriteArrayList<>();
    private final Set<Runnable> stopActions = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stopped = new CountDownLatch(1);

    List<Fact> facts() {
        return facts;
    }

    boolean reached(Fact.Step step) {
        return facts.contains(new Fact.StepReached(step));
    }

    void stop() {
        stopped.countDown();
        stopActions.forEach(Runnable::run);
    }

    @Override
    public void report(Fact fact) {
        facts.add(fact);
    }

    @Override
    public void progressed() {}

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
