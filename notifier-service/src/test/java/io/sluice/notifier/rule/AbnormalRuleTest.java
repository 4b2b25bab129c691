package io.sluice.notifier.rule;

import static io.sluice.contracts.event.TaskEvent.Health.ABNORMAL;
import static io.sluice.contracts.event.TaskEvent.Health.HEALTHY;
import static io.sluice.contracts.event.TaskEvent.Health.UNSURE;
import static io.sluice.contracts.event.TaskEvent.Kind.DELETED;
import static io.sluice.contracts.event.TaskEvent.Kind.RETRYING;
import static io.sluice.contracts.event.TaskEvent.Kind.STATE_CHANGED;
import static io.sluice.notifier.rule.Alert.State.FIRING;
import static io.sluice.notifier.rule.Alert.State.RESOLVED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.TaskEvent.Kind;
import java.time.Instant;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AbnormalRuleTest {

    private static final Instant EARLIER = Instant.parse("2026-03-01T10:00:00Z");
    private static final Instant NOW = Instant.parse("2026-03-01T11:00:00.250Z");

    private final AbnormalRule rule = new AbnormalRule();

    static Stream<Arguments> table() {
        Alert firing = new Alert(FIRING, EARLIER);
        Alert resolved = new Alert(RESOLVED, EARLIER);
        Verdict unchanged = new Verdict.Unchanged();
        Verdict forgotten = new Verdict.Forgotten();
        Verdict fires = new Verdict.Changed(new Alert(FIRING, NOW));
        Verdict resolves = new Verdict.Changed(new Alert(RESOLVED, EARLIER));
        return Stream.of(
                Arguments.of(null, STATE_CHANGED, HEALTHY, unchanged),
                Arguments.of(null, RETRYING, UNSURE, unchanged),
                Arguments.of(null, STATE_CHANGED, ABNORMAL, fires),
                Arguments.of(null, RETRYING, ABNORMAL, fires),
                Arguments.of(null, DELETED, HEALTHY, unchanged),
                Arguments.of(firing, STATE_CHANGED, ABNORMAL, unchanged),
                Arguments.of(firing, RETRYING, UNSURE, unchanged),
                Arguments.of(firing, STATE_CHANGED, HEALTHY, resolves),
                Arguments.of(firing, DELETED, ABNORMAL, forgotten),
                Arguments.of(resolved, STATE_CHANGED, HEALTHY, unchanged),
                Arguments.of(resolved, STATE_CHANGED, UNSURE, unchanged),
                Arguments.of(resolved, STATE_CHANGED, ABNORMAL, fires),
                Arguments.of(resolved, DELETED, HEALTHY, forgotten));
    }

    @ParameterizedTest
    @MethodSource("table")
    void judges(@Nullable Alert current, Kind kind, Health health, Verdict expected) {
        assertThat(rule.judge(current, event(kind, health, ErrorCode.SLOT_LOST, "The slot is gone.")))
                .isEqualTo(expected);
    }

    @Test
    void aFiringSaysTaskStateCodeDetailAndSince() {
        Wording wording = Wording.of(
                new Alert(FIRING, NOW), event(STATE_CHANGED, ABNORMAL, ErrorCode.SLOT_LOST, "The slot is gone."));
        assertThat(wording.subject()).isEqualTo("[FIRING] Task orders is abnormal: INCREMENTAL_SYNC_FAILED");
        assertThat(wording.message())
                .isEqualTo("Task orders is in state INCREMENTAL_SYNC_FAILED since 2026-03-01T11:00:00Z."
                        + " SLOT_LOST: The slot is gone.");
    }

    @Test
    void aResolvedOneSaysHowLongItLasted() {
        Wording wording = Wording.of(new Alert(RESOLVED, EARLIER), event(STATE_CHANGED, HEALTHY, null, ""));
        assertThat(wording.subject()).startsWith("[RESOLVED] Task orders is healthy again");
        assertThat(wording.message()).endsWith("it was abnormal since 2026-03-01T10:00:00Z.");
    }

    private static TaskEvent event(Kind kind, Health health, @Nullable ErrorCode code, String detail) {
        return new TaskEvent("e1", "t1", "orders", "ops", kind, health, "INCREMENTAL_SYNC_FAILED", code, detail, NOW);
    }
}
