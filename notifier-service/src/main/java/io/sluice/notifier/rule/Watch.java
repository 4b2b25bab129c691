package io.sluice.notifier.rule;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that is remembered of one task between two events.
 *
 * @param newsAt the time of the newest figures; null before the first
 */
public record Watch(@Nullable Instant newsAt, Map<AlertKind, Case> cases) {

    public static final Watch NEW = new Watch(null, Map.of());

    public Watch {
        cases = Map.copyOf(cases);
    }

    /**
     * One kind of alert of the task.
     *
     * @param alert null when it never fired
     * @param badSince since when it has been bad without a break; null when it is not
     * @param goodSince since when it has been good without a break; null when it is not
     * @param wasGood it was good at some time since it has been watched
     * @param marks see {@link Rule#mark}
     */
    public record Case(
            @Nullable Alert alert,
            @Nullable Instant badSince,
            @Nullable Instant goodSince,
            boolean wasGood,
            List<String> marks) {

        static final Case NEW = new Case(null, null, null, false, List.of());

        public Case {
            marks = List.copyOf(Objects.requireNonNullElse(marks, List.of()));
        }

        boolean firing() {
            return alert != null && alert.state() == Alert.State.FIRING;
        }

        Case marked(List<String> newMarks) {
            return new Case(alert, badSince, goodSince, wasGood, newMarks);
        }

        Case undecided() {
            return new Case(alert, null, null, wasGood, marks);
        }

        Case bad(Instant since) {
            return new Case(alert, badSince == null ? since : badSince, null, wasGood, marks);
        }

        Case good(Instant since) {
            return new Case(alert, null, goodSince == null ? since : goodSince, true, marks);
        }

        Case over() {
            return new Case(alert, null, null, false, marks);
        }

        Case with(Alert newAlert) {
            return new Case(newAlert, badSince, goodSince, wasGood, marks);
        }
    }

    Case of(AlertKind kind) {
        return cases.getOrDefault(kind, Case.NEW);
    }

    Watch with(AlertKind kind, Case changed) {
        Map<AlertKind, Case> all = new EnumMap<>(AlertKind.class);
        all.putAll(cases);
        if (changed.equals(Case.NEW)) {
            all.remove(kind);
        } else {
            all.put(kind, changed);
        }
        return new Watch(newsAt, all);
    }

    Watch heard(Instant at) {
        return new Watch(at, cases);
    }
}
