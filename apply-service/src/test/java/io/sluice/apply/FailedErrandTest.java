package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.Errand.FinalComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.CutoverState;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An errand that ends by an error that nobody has foreseen says so. */
class FailedErrandTest {

    private static final Endpoint ENDPOINT =
            new Endpoint("localhost", 1, "d", "u", new SealedSecret("v1:"), Tls.DISABLED);

    private final ApplyWorker worker =
            new ApplyWorker(new SimpleMeterRegistry(), Map.of("bootstrap.servers", "localhost:1"), 1);

    /** Surroundings that can open no secret. */
    private TestingContext carriedOut(Errand errand, boolean stopped) {
        TestingContext context = new TestingContext();
        context.order(new TaskOrder(
                "8f14e45f-ceea-467f-a8b5-0a1d9c1b2c3d",
                1,
                Phase.RUN,
                new TaskSpec(
                        "errands",
                        SyncMode.FULL_AND_INCREMENTAL,
                        ENDPOINT,
                        Dialect.POSTGRESQL,
                        ENDPOINT,
                        List.of(),
                        List.of(),
                        1,
                        new RetryWindows(10, 1),
                        null),
                List.of(),
                Instant.EPOCH,
                true,
                false,
                List.of(errand)));
        if (stopped) {
            context.stop();
        }
        worker.carryOut(errand, context);
        return context;
    }

    @Test
    void comparisonsAndRepairsEndWithTheCause() {
        assertThat(carriedOut(new Errand.Comparison(3, ComparisonKind.OBJECTS, List.of(), 1, null), false)
                        .facts())
                .singleElement()
                .isInstanceOfSatisfying(Fact.ComparisonEnded.class, ended -> {
                    assertThat(ended.number()).isEqualTo(3);
                    assertThat(ended.code()).isEqualTo(ErrorCode.INTERNAL);
                    assertThat(ended.detail()).contains("UnsupportedOperationException");
                });
        assertThat(carriedOut(new Errand.Repair(4, 3), false).facts())
                .singleElement()
                .isInstanceOfSatisfying(Fact.RepairProgress.class, ended -> {
                    assertThat(ended.ended()).isTrue();
                    assertThat(ended.code()).isEqualTo(ErrorCode.INTERNAL);
                });
    }

    @Test
    void aCutoverEndsWithTheCause() {
        Errand.Cutover cutover = new Errand.Cutover(5, false, false, List.of(), FinalComparison.NONE, 0, false);
        assertThat(carriedOut(cutover, false).facts().getLast())
                .isInstanceOfSatisfying(Fact.CutoverProgress.class, last -> {
                    assertThat(last.state()).isEqualTo(CutoverState.FAILED);
                    assertThat(last.steps().getFirst().state()).isEqualTo(CutoverStep.State.FAILED);
                    assertThat(last.steps().getFirst().detail()).contains("UnsupportedOperationException");
                });
    }

    @Test
    void oneThatMustEndIsGoneOnWithByOthers() {
        assertThat(carriedOut(new Errand.Repair(4, 3), true).facts()).isEmpty();
    }
}
