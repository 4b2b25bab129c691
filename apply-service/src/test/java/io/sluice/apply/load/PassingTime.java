package io.sluice.apply.load;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.placement.RunContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.LongConsumer;

/** A run whose time passes only while it waits. */
final class PassingTime implements RunContext {

    private Instant now = Instant.parse("2026-01-31T12:00:00Z");
    private final Instant zero = now;
    private long nanos;
    private LoadLimits limits = LoadLimits.NONE;
    private LongConsumer onPause = at -> {};

    long nanos() {
        return nanos;
    }

    void set(String timeOfDay) {
        now = LocalTime.parse(timeOfDay)
                .atDate(zero.atZone(ZoneOffset.UTC).toLocalDate())
                .toInstant(ZoneOffset.UTC);
    }

    void limit(LoadLimits newest) {
        limits = newest;
    }

    void onPause(LongConsumer action) {
        onPause = action;
    }

    Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
    }

    @Override
    public TaskOrder order() {
        Endpoint none = new Endpoint("none", 1, "none", "none", new SealedSecret("v1:"), Tls.DISABLED);
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL,
                none,
                Dialect.POSTGRESQL,
                none,
                List.of(),
                List.of(),
                1,
                new RetryWindows(10, 1),
                null,
                StructureChoice.DEFAULT,
                ChangeChoice.DEFAULT,
                List.of(),
                limits,
                ChangeLimits.NONE,
                null);
        return new TaskOrder("task", 1, Phase.RUN, spec, List.of(), Instant.EPOCH);
    }

    @Override
    public boolean pause(Duration duration) {
        onPause.accept(nanos);
        nanos += duration.toNanos();
        now = now.plus(duration);
        return false;
    }

    @Override
    public void report(Fact fact) {}

    @Override
    public void progressed() {}

    @Override
    public boolean givesUp(ErrorCode code) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean stopping() {
        return false;
    }

    @Override
    public Handle onStop(Runnable action) {
        return () -> {};
    }

    @Override
    public Secret open(SealedSecret sealed) {
        throw new UnsupportedOperationException("nothing is connected to");
    }
}
