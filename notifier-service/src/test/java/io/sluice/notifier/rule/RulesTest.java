package io.sluice.notifier.rule;

import static io.sluice.contracts.event.TaskEvent.Health.ABNORMAL;
import static io.sluice.contracts.event.TaskEvent.Health.HEALTHY;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.event.TaskEvent.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The life of each alert, with a clock that only the test moves, and a restart after every event. */
class RulesTest {

    private final History task = new History();

    @Test
    void lagFiresOnceWhenItStaysAndResolvesOnceWhenItIsGone() {
        task.streams().lagsFor(Duration.ofMinutes(1), 5_000);
        task.lagsFor(Duration.ofMinutes(5).plusSeconds(50), 95_000);
        assertThat(task.told()).isEmpty();

        task.lagsFor(Duration.ofHours(1), 95_000);
        assertThat(task.told()).containsExactly("[FIRING] Task orders lags by 95 s");
        assertThat(task.last().kind()).isEqualTo(AlertKind.LAG);
        assertThat(task.last().alert().since()).isEqualTo(History.START.plus(Duration.ofSeconds(65)));
        assertThat(task.last().message()).contains("95 s behind the source; the threshold is 60 s");

        task.lagsFor(Duration.ofSeconds(50), 1_000);
        assertThat(task.told()).hasSize(1);
        task.lagsFor(Duration.ofHours(1), 1_000);
        assertThat(task.told()).hasSize(2).last().isEqualTo("[RESOLVED] Task orders has caught up");
        assertThat(task.last().alert().since()).isEqualTo(History.START.plus(Duration.ofSeconds(65)));

        task.lagsFor(Duration.ofMinutes(7), 61_000);
        assertThat(task.told()).hasSize(3);
    }

    @Test
    void lagThatWobblesAroundTheThresholdTellsNobodyAnything() {
        Random random = new Random(20261125);
        task.streams().lagsFor(Duration.ofMinutes(1), 5_000);
        for (Duration passed = Duration.ZERO; passed.compareTo(Duration.ofHours(1)) < 0; ) {
            Duration above = Duration.ofSeconds(5 + random.nextInt(350));
            task.lagsFor(above, 60_001 + random.nextInt(60_000));
            task.lagsFor(Duration.ofSeconds(5), random.nextInt(60_001));
            passed = passed.plus(above);
        }
        assertThat(task.told()).isEmpty();
    }

    @Test
    void anAlertDoesNotResolveForAWobbleEither() {
        task.streams().lagsFor(Duration.ofSeconds(10), 0).lagsFor(Duration.ofMinutes(7), 90_000);
        for (int round = 0; round < 30; round++) {
            task.lagsFor(Duration.ofSeconds(55), 10_000).lagsFor(Duration.ofSeconds(10), 70_000);
        }
        assertThat(task.told()).containsExactly("[FIRING] Task orders lags by 90 s");
    }

    @Test
    void lagDoesNotFireBeforeTheTargetHasCaughtUpOnce() {
        task.streams().lagsFor(Duration.ofHours(5), 3_600_000);
        assertThat(task.told()).isEmpty();
        task.lagsFor(Duration.ofSeconds(5), 1_000).lagsFor(Duration.ofMinutes(7), 70_000);
        assertThat(task.told()).hasSize(1);
    }

    @Test
    void aTaskThatBeginsAnewMustCatchUpAnew() {
        task.streams().lagsFor(Duration.ofSeconds(10), 0);
        task.becomes("CONFIGURATION", HEALTHY);
        task.streams().lagsFor(Duration.ofHours(1), 90_000);
        assertThat(task.told()).isEmpty();
    }

    @Test
    void aPauseIsNoLagAndBreaksTheCount() {
        task.streams().lagsFor(Duration.ofSeconds(10), 0).lagsFor(Duration.ofMinutes(5), 90_000);
        task.becomes("PAUSED", HEALTHY).lagsFor(Duration.ofHours(8), 4_000_000);
        task.becomes("INCREMENTAL_SYNC", HEALTHY).lagsFor(Duration.ofMinutes(5), 4_000_000);
        assertThat(task.told()).isEmpty();
        task.lagsFor(Duration.ofMinutes(2), 4_000_000);
        assertThat(task.told()).hasSize(1);
    }

    @Test
    void aTimeOfWhichNothingIsKnownBreaksTheCount() {
        task.streams().lagsFor(Duration.ofSeconds(10), 0).lagsFor(Duration.ofMinutes(5), 90_000);
        task.waits(Duration.ofMinutes(10)).lagsFor(Duration.ofMinutes(5), 90_000);
        assertThat(task.told()).isEmpty();
        task.lagsFor(Duration.ofMinutes(2), 90_000);
        assertThat(task.told()).hasSize(1);
    }

    @Test
    void figuresThatComeAgainOrLateChangeNothing() {
        task.streams().lagsFor(Duration.ofSeconds(10), 0).lagsFor(Duration.ofMinutes(7), 90_000);
        Watch before = task.watch();
        task.repeatFigures();
        assertThat(task.watch()).isEqualTo(before);
        assertThat(task.told()).hasSize(1);
    }

    @Test
    void lagEndsWithItsThresholdAndWithTheTask() {
        task.streams().lagsFor(Duration.ofSeconds(10), 0).lagsFor(Duration.ofMinutes(7), 90_000);
        task.threshold = null;
        task.lagsFor(Duration.ofSeconds(5), 90_000);
        task.threshold = 60;
        task.lagsFor(Duration.ofSeconds(5), 0).lagsFor(Duration.ofMinutes(7), 90_000);
        task.becomes("STOPPING", HEALTHY);
        assertThat(task.told())
                .containsExactly(
                        "[FIRING] Task orders lags by 90 s",
                        "[RESOLVED] Task orders is not watched for lag any more",
                        "[FIRING] Task orders lags by 90 s",
                        "[RESOLVED] Task orders has no lag any more: STOPPING");
    }

    @Test
    void aFailedTaskIsAbnormalAtOnceAndWellWhenItHasBeenHealthyForSomeSeconds() {
        task.streams().becomes("INCREMENTAL_SYNC_FAILED", ABNORMAL).lagsFor(Duration.ofMinutes(5), 0);
        assertThat(task.told()).containsExactly("[FIRING] Task orders is abnormal: INCREMENTAL_SYNC_FAILED");
        assertThat(task.last().message()).contains("since 2026-03-01T10:00:00Z. SLOT_LOST: The slot is gone.");
        task.becomes("INCREMENTAL_SYNC", HEALTHY);
        assertThat(task.told()).hasSize(1);
        task.lagsFor(Duration.ofSeconds(10), 0);
        assertThat(task.told())
                .hasSize(2)
                .last()
                .isEqualTo("[RESOLVED] Task orders is healthy again: INCREMENTAL_SYNC");
    }

    @Test
    void aTaskThatIsStoppedIsWellAtOnceAsNoFiguresFollow() {
        task.becomes("START_FAILED", ABNORMAL).becomes("COMPLETED", HEALTHY);
        assertThat(task.told()).hasSize(2);
    }

    @Test
    void aTaskWithASuspendedTableIsAbnormalUntilThatGoesOn() {
        task.streams().suspendsFor(Duration.ofSeconds(5), "public.orders");
        assertThat(task.told()).containsExactly("[FIRING] Task orders is abnormal: tables are suspended");
        assertThat(task.last().message()).contains("public.orders", "retry or skip");
        task.suspendsFor(Duration.ofMinutes(10), "public.orders");
        assertThat(task.told()).hasSize(1);
        task.lagsFor(Duration.ofSeconds(10), 0);
        assertThat(task.told()).hasSize(2);
    }

    @Test
    void aRetryIsAbnormalAfterAMinute() {
        task.streams().retriesFor(Duration.ofSeconds(55));
        assertThat(task.told()).isEmpty();
        task.retriesFor(Duration.ofMinutes(10));
        assertThat(task.told()).containsExactly("[FIRING] Task orders is abnormal: INCREMENTAL_SYNC, retrying");
        assertThat(task.last().alert().since()).isEqualTo(History.START);
        task.recovers().lagsFor(Duration.ofSeconds(10), 0);
        assertThat(task.told()).hasSize(2);
    }

    @Test
    void shortRetriesTellNobodyAnything() {
        task.streams();
        for (int round = 0; round < 60; round++) {
            task.retriesFor(Duration.ofSeconds(55)).recovers().lagsFor(Duration.ofSeconds(5), 0);
        }
        assertThat(task.told()).isEmpty();
    }

    @Test
    void aRunThatLooksHealthyUntilItMeetsTheSameErrorIsNoRecovery() {
        task.streams().retriesFor(Duration.ofMinutes(2));
        for (int round = 0; round < 20; round++) {
            // The service counts its retries on: only the run looked well for a moment.
            task.says(Kind.RECOVERED, "INCREMENTAL_SYNC", HEALTHY).waits(Duration.ofSeconds(2));
            task.retriesFor(Duration.ofSeconds(15));
        }
        assertThat(task.told()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "reserved,   100,   1000, false",
        "extended,   800,   1000, false",
        "extended,   801,   1000, true",
        "unreserved, 100,   1000, true",
        "lost,       100,   1000, true",
        "reserved,   9999,      , false",
        "reserved,   10001,     , true",
        "unknown,    100,       , false",
    })
    void aSlotIsAtRiskByItsStateOrByWhatItRetains(String status, long retained, Long limit, boolean atRisk) {
        task.streams().retains(status, retained, limit);
        assertThat(task.told()).hasSize(atRisk ? 1 : 0);
        if (atRisk) {
            assertThat(task.last().kind()).isEqualTo(AlertKind.SLOT);
            task.retains("reserved", 10, limit).waits(Duration.ofSeconds(50)).retains("reserved", 10, limit);
            assertThat(task.told()).hasSize(1);
            task.waits(Duration.ofSeconds(5)).retains("reserved", 10, limit);
            assertThat(task.told()).hasSize(2).last().isEqualTo("[RESOLVED] Task orders has its slot out of risk");
        }
    }

    @Test
    void aFullLoadIsSlowAfterHoursAndUntilItEnds() {
        task.becomes("STARTING", HEALTHY).becomes("FULL_SYNC", HEALTHY).lagsFor(Duration.ofHours(3), 0);
        assertThat(task.told()).isEmpty();
        task.waits(Duration.ofHours(1)).lagsFor(Duration.ofMinutes(1), 0);
        assertThat(task.told()).containsExactly("[FIRING] Task orders has a slow full load");
        task.becomes("FULL_SYNC_FAILED", ABNORMAL).becomes("FULL_SYNC", HEALTHY).waits(Duration.ofHours(9));
        task.becomes("INCREMENTAL_SYNC", HEALTHY);
        assertThat(task.toldOf(AlertKind.LOAD))
                .containsExactly(
                        "[FIRING] Task orders has a slow full load",
                        "[RESOLVED] Task orders has its full load behind it");
    }

    @Test
    void autoStopIsToldADayAheadAndWhenItHappens() {
        task.becomes("PAUSED", HEALTHY).says(Kind.AUTO_STOP_WARNING, "PAUSED", HEALTHY);
        task.lagsFor(Duration.ofHours(1), 0).says(Kind.AUTO_STOPPED, "STOPPING", HEALTHY);
        task.becomes("STOPPING", HEALTHY).becomes("COMPLETED", HEALTHY);
        assertThat(task.told())
                .containsExactly(
                        "[FIRING] Task orders will be stopped by itself within a day",
                        "[RESOLVED] Task orders was stopped by itself");
    }

    @Test
    void autoStopIsToldEvenIfTheWarningWasNot() {
        task.becomes("PAUSED", HEALTHY).says(Kind.AUTO_STOPPED, "COMPLETED", HEALTHY);
        assertThat(task.told()).containsExactly("[RESOLVED] Task orders was stopped by itself");
    }

    @Test
    void autoStopIsOffWhenSomebodyActs() {
        task.becomes("PAUSED", HEALTHY).says(Kind.AUTO_STOP_WARNING, "PAUSED", HEALTHY);
        task.becomes("INCREMENTAL_SYNC", HEALTHY);
        assertThat(task.told())
                .hasSize(2)
                .last()
                .isEqualTo("[RESOLVED] Task orders will not be stopped by itself any more");
    }

    @Test
    void aTableThatCouldNotBeComparedToAnEndSaysNothingEitherWay() {
        task.streams().compares(ComparisonKind.CONTENT, List.of(), List.of(), List.of("a.busy"));
        assertThat(task.told()).isEmpty();
        task.compares(ComparisonKind.CONTENT, List.of(), List.of("a.x"), List.of("a.busy"));
        assertThat(task.last().message()).endsWith("found differences: a.x.");
        task.compares(ComparisonKind.CONTENT, List.of(), List.of(), List.of("a.x"));
        assertThat(task.told()).hasSize(1);
        task.compares(ComparisonKind.CONTENT, List.of(), List.of(), List.of("a.busy"));
        assertThat(task.told()).hasSize(2).last().isEqualTo("[RESOLVED] Task orders compares equal");
    }

    @Test
    void moreDifferencesThanAreNamedAreOverOnlyWhenEverythingIsEqual() {
        List<String> all =
                IntStream.range(0, 1200).mapToObj(table -> "a.t" + table).toList();
        task.streams().compares(ComparisonKind.CONTENT, List.of(), all, List.of());
        assertThat(task.last().message()).contains("and 989 more.");
        task.compares(ComparisonKind.CONTENT, all.subList(0, 1000));
        task.compares(ComparisonKind.CONTENT, List.of(), List.of(), List.of("a.t1100"));
        assertThat(task.told()).hasSize(1);
        task.compares(ComparisonKind.CONTENT, List.of());
        assertThat(task.told()).hasSize(2);
    }

    @Test
    void aComparisonResolvesOnlyByOneThatLooksAsCloselyAtWhatDiffered() {
        task.streams().compares(ComparisonKind.CONTENT, List.of(), "a.x", "a.y");
        assertThat(task.told()).containsExactly("[FIRING] Task orders differs from its source");
        assertThat(task.last().message()).contains("Comparison 1 (CONTENT) found differences: a.x, a.y.");
        task.compares(ComparisonKind.ROW_COUNT, List.of());
        task.compares(ComparisonKind.CONTENT, List.of("a.x"));
        task.compares(ComparisonKind.CONTENT, List.of(), "a.y");
        assertThat(task.told()).hasSize(1);
        task.compares(ComparisonKind.CONTENT, List.of("a.y"));
        assertThat(task.told()).hasSize(2).last().isEqualTo("[RESOLVED] Task orders compares equal");

        task.compares(ComparisonKind.ROW_COUNT, List.of(), "a.x");
        task.compares(ComparisonKind.CONTENT, List.of());
        assertThat(task.told()).hasSize(4);
    }
}
