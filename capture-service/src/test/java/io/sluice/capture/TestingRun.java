package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A run on a thread of its own. */
final class TestingRun implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final TestingContext context = new TestingContext();
    private final CompletableFuture<CaptureRun.Outcome> outcome = new CompletableFuture<>();
    private final Thread thread;

    TestingRun(CaptureRun run) {
        this(run, false);
    }

    /** @param begun the task was captured before */
    TestingRun(CaptureRun run, boolean begun) {
        thread = Thread.ofPlatform().name("run").start(() -> {
            try {
                outcome.complete(run.run(context, begun));
            } catch (InterruptedException | RuntimeException e) {
                outcome.completeExceptionally(e);
            }
        });
    }

    TestingRun awaitCapturing() {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> context.capturing() || outcome.isDone());
        if (outcome.isCompletedExceptionally()) {
            outcome.join();
        }
        return this;
    }

    CaptureRun.Outcome outcome() {
        return outcome.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    SluiceException failure() {
        try {
            CaptureRun.Outcome ended = outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            throw new AssertionError("no failure but " + ended);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SluiceException failure) {
                return failure;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Stops the run, within the time that a stop may take. */
    void stop() {
        context.stop();
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> !thread.isAlive());
        assertThat(outcome).isDone();
    }

    /** How a run ends whose task another one took over: fenced at Kafka, or thrown off the slot, whichever is first. */
    boolean endedWellOrLostItsConnection() {
        try {
            return outcome() == CaptureRun.Outcome.FENCED;
        } catch (CompletionException e) {
            return e.getCause() instanceof SluiceException failure && failure.code() == ErrorCode.CONNECTION_LOST;
        }
    }

    boolean ended() {
        return outcome.isDone();
    }

    /** Whether the run has ended, and without an error. */
    boolean endedWell() {
        try {
            return outcome.getNow(null) != null;
        } catch (CompletionException e) {
            return false;
        }
    }
}
