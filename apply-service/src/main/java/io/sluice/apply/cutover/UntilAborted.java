package io.sluice.apply.cutover;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The surroundings of a part of the work that ends when the whole is aborted, too. */
record UntilAborted(RunContext whole, BooleanSupplier aborted) implements RunContext {

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    @Override
    public TaskOrder order() {
        return whole.order();
    }

    @Override
    public void report(Fact fact) {
        whole.report(fact);
    }

    @Override
    public void progressed() {
        whole.progressed();
    }

    @Override
    public boolean givesUp(ErrorCode code) {
        return whole.givesUp(code);
    }

    @Override
    public boolean stopping() {
        return whole.stopping() || aborted.getAsBoolean();
    }

    @Override
    public boolean pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0 && !stopping(); left = end - System.nanoTime()) {
            boolean unused = whole.pause(Duration.ofNanos(Math.min(left, LOOK_EVERY.toNanos())));
        }
        return stopping();
    }

    @Override
    public Handle onStop(Runnable action) {
        return whole.onStop(action);
    }

    @Override
    public Secret open(SealedSecret sealed) {
        return whole.open(sealed);
    }
}
