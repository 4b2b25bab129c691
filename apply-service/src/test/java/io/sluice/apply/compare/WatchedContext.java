package io.sluice.apply.compare;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/** Surroundings in which something happens whenever the run waits, so that it always happens at the same place. */
final class WatchedContext implements RunContext {

    private final RunContext context;
    private final Queue<Runnable> meanwhile;

    /** @param meanwhile the first is done at the first pause, and so on */
    WatchedContext(RunContext context, List<Runnable> meanwhile) {
        this.context = context;
        this.meanwhile = new ArrayDeque<>(meanwhile);
    }

    /** Whether everything has happened. */
    boolean over() {
        return meanwhile.isEmpty();
    }

    @Override
    public boolean pause(Duration duration) {
        Runnable next = meanwhile.poll();
        if (next != null) {
            next.run();
        }
        return context.pause(duration);
    }

    @Override
    public TaskOrder order() {
        return context.order();
    }

    @Override
    public void report(Fact fact) {
        context.report(fact);
    }

    @Override
    public void progressed() {
        context.progressed();
    }

    @Override
    public boolean givesUp(ErrorCode code) {
        return context.givesUp(code);
    }

    @Override
    public boolean stopping() {
        return context.stopping();
    }

    @Override
    public Handle onStop(Runnable action) {
        return context.onStop(action);
    }

    @Override
    public Secret open(SealedSecret sealed) {
        return context.open(sealed);
    }
}
