package io.sluice.notifier.rule;

import io.sluice.contracts.Json;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.event.TaskEvent.Kind;
import io.sluice.contracts.event.Vitals;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What happens to a task, told as task-api does: figures every five seconds. The memory is stored and read each time. */
final class History {

    static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Rules rules = new Rules(new RuleSettings(
            Duration.ofMinutes(1),
            Duration.ofSeconds(5),
            Duration.ofMinutes(6),
            Duration.ofMinutes(1),
            OptionalLong.of(10_000),
            Duration.ofMinutes(1),
            Duration.ofHours(4)));
    private final List<TaskEvent> events = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private Watch watch = Watch.NEW;
    private Instant now = START;
    private String state = "STARTING";
    private Health health = Health.HEALTHY;
    private @Nullable Instant retryingSince;
    private int comparisons;

    @Nullable
    Integer threshold = 60;

    History streams() {
        return becomes("FULL_SYNC", Health.HEALTHY).becomes("INCREMENTAL_SYNC", Health.HEALTHY);
    }

    History becomes(String newState, Health newHealth) {
        return says(Kind.STATE_CHANGED, newState, newHealth);
    }

    History says(Kind kind, String newState, Health newHealth) {
        state = newState;
        health = newHealth;
        boolean bad = newHealth == Health.ABNORMAL;
        judge(new TaskEvent(
                "e" + events.size(),
                "t1",
                "orders",
                "ops",
                kind,
                newHealth,
                newState,
                bad ? ErrorCode.SLOT_LOST : null,
                bad ? "The slot is gone." : "",
                now));
        return this;
    }

    History lagsFor(Duration duration, long millis) {
        for (Instant end = now.plus(duration); now.isBefore(end); ) {
            vitals(new Vitals(retryingSince, millis, threshold, 100L, null, "reserved"));
        }
        return this;
    }

    History retains(String status, long bytes, @Nullable Long limit) {
        vitals(new Vitals(null, 0L, threshold, bytes, limit, status));
        return this;
    }

    History retriesFor(Duration duration) {
        if (retryingSince == null) {
            retryingSince = now;
        }
        says(Kind.RETRYING, state, Health.UNSURE);
        return lagsFor(duration, 0);
    }

    History suspendsFor(Duration duration, String table) {
        Instant since = now;
        for (Instant end = now.plus(duration); now.isBefore(end); ) {
            vitals(new Vitals(null, 0L, threshold, 100L, null, "reserved", List.of(table), since));
        }
        return this;
    }

    History recovers() {
        retryingSince = null;
        return says(Kind.RECOVERED, state, Health.HEALTHY);
    }

    History compares(ComparisonKind kind, List<String> tables, String... differing) {
        return compares(kind, tables, List.of(differing), List.of());
    }

    History compares(ComparisonKind kind, List<String> tables, List<String> differing, List<String> undecided) {
        Comparison comparison = new Comparison(
                ++comparisons, kind, differing.isEmpty() && undecided.isEmpty(), tables, differing, undecided);
        judge(new TaskEvent(
                "c" + comparisons,
                "t1",
                "orders",
                "ops",
                Kind.COMPARISON,
                health,
                state,
                null,
                "",
                now,
                null,
                comparison));
        return this;
    }

    History waits(Duration duration) {
        now = now.plus(duration);
        return this;
    }

    private void vitals(Vitals vitals) {
        now = now.plus(EVERY);
        judge(new TaskEvent(
                "v" + events.size(), "t1", "orders", "ops", Kind.VITALS, health, state, null, "", now, vitals, null));
    }

    private void judge(TaskEvent event) {
        TaskEvent read = Json.read(Json.write(event), TaskEvent.class);
        events.add(read);
        Judgement judgement = rules.judge(watch, read);
        watch = Json.read(Json.write(judgement.watch()), Watch.class);
        changes.addAll(judgement.changes());
    }

    /** All figures come once more, as after a crash of their reader. */
    void repeatFigures() {
        for (TaskEvent event : List.copyOf(events)) {
            if (event.kind() == Kind.VITALS) {
                Judgement judgement = rules.judge(watch, event);
                watch = judgement.watch();
                changes.addAll(judgement.changes());
            }
        }
    }

    Watch watch() {
        return watch;
    }

    List<String> told() {
        return changes.stream().map(Change::subject).toList();
    }

    List<String> toldOf(AlertKind kind) {
        return changes.stream()
                .filter(change -> change.kind() == kind)
                .map(Change::subject)
                .toList();
    }

    Change last() {
        return changes.getLast();
    }
}
