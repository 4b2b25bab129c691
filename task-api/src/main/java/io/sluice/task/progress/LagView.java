package io.sluice.task.progress;

import io.sluice.contracts.report.Fact.ApplyPosition;
import io.sluice.contracts.report.Fact.CapturePosition;
import io.sluice.task.progress.Positions.Dated;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How far behind the target is. Fields are null until the service that knows them has reported.
 *
 * @param captureMillis from the commit at the source to the commit on Kafka
 * @param applyMillis from the commit on Kafka to the commit on the target
 * @param totalMillis from the commit at the source to the commit on the target
 * @param walRetainedBytes WAL that the source keeps for the task's slot
 * @param resumableUntil until then the changes that apply still needs are kept; null when for ever
 */
@Schema(name = "Lag")
record LagView(
        @Nullable Long captureMillis,
        @Nullable Long applyMillis,
        @Nullable Long totalMillis,
        @Nullable String sourceLsn,
        @Nullable String capturedLsn,
        @Nullable String appliedLsn,
        @Nullable Long walRetainedBytes,
        @Nullable String walStatus,
        @Nullable Instant resumableUntil) {

    static final LagView UNKNOWN = new LagView(null, null, null, null, null, null, null, null, null);

    /** Services report every second; when one is silent for longer, the lag has grown by that time at least. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    /** @param startedAt no change that apply needs is older */
    static LagView of(
            Optional<Dated<CapturePosition>> capture,
            Optional<Dated<ApplyPosition>> apply,
            @Nullable Instant startedAt,
            Instant now) {
        return new LagView(
                capture.map(position -> position.fact().lagMillis() + silence(position.at(), now))
                        .orElse(null),
                apply.map(position -> position.fact().lagMillis() + silence(position.at(), now))
                        .orElse(null),
                apply.map(position -> position.fact().totalMillis() + silence(position.at(), now))
                        .orElse(null),
                capture.map(position -> position.fact().sourceLsn()).orElse(null),
                capture.map(position -> position.fact().capturedLsn()).orElse(null),
                apply.map(position -> position.fact().appliedLsn()).orElse(null),
                capture.map(position -> position.fact().retainedBytes()).orElse(null),
                capture.map(position -> position.fact().walStatus()).orElse(null),
                resumableUntil(capture, apply, startedAt));
    }

    private static long silence(Instant at, Instant now) {
        Duration age = Duration.between(at, now);
        return age.compareTo(SILENCE) > 0 ? age.toMillis() : 0;
    }

    private static @Nullable Instant resumableUntil(
            Optional<Dated<CapturePosition>> capture,
            Optional<Dated<ApplyPosition>> apply,
            @Nullable Instant startedAt) {
        if (capture.isEmpty() || capture.get().fact().retentionMillis() < 0) {
            return null;
        }
        Instant applied = apply.map(
                        position -> position.at().minusMillis(position.fact().lagMillis()))
                .orElse(startedAt);
        return applied == null ? null : applied.plusMillis(capture.get().fact().retentionMillis());
    }
}
