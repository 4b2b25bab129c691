package io.sluice.apply.cutover;

import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.CutoverStep.Name;
import io.sluice.contracts.errand.CutoverStep.State;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.CutoverState;
import io.sluice.placement.RunContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The steps of a cutover as they are shown. Used by one thread. */
final class CutoverSteps {

    private static final Duration DETAILS_EVERY = Duration.ofMillis(500);

    private final int number;
    private final RunContext context;
    private final Clock clock;
    private final Map<Name, CutoverStep> steps = new EnumMap<>(Name.class);
    private Instant reported = Instant.EPOCH;

    CutoverSteps(int number, RunContext context, Clock clock) {
        this.number = number;
        this.context = context;
        this.clock = clock;
        for (Name name : Name.values()) {
            steps.put(name, new CutoverStep(name, State.WAITING, null, null, null));
        }
    }

    void begin(Name name) {
        CutoverStep known = step(name);
        Instant started = known.startedAt() == null ? clock.instant() : known.startedAt();
        put(new CutoverStep(name, State.RUNNING, started, null, known.detail()));
        report(CutoverState.RUNNING);
    }

    /** What the step is about; not every word of it is sent. */
    void detail(Name name, String detail) {
        CutoverStep known = step(name);
        put(new CutoverStep(name, known.state(), known.startedAt(), known.endedAt(), detail));
        if (Duration.between(reported, clock.instant()).compareTo(DETAILS_EVERY) >= 0) {
            report(CutoverState.RUNNING);
        }
    }

    void end(Name name, State state, @Nullable String detail) {
        CutoverStep known = step(name);
        put(new CutoverStep(name, state, known.startedAt(), clock.instant(), detail));
        report(CutoverState.RUNNING);
    }

    /** Whatever is going on has failed. */
    void failRunning(String detail) {
        for (Name name : Name.values()) {
            if (step(name).state() == State.RUNNING) {
                end(name, State.FAILED, detail);
            }
        }
    }

    void report(CutoverState state) {
        reported = clock.instant();
        context.report(new Fact.CutoverProgress(number, state, List.copyOf(steps.values())));
    }

    private CutoverStep step(Name name) {
        return Objects.requireNonNull(steps.get(name));
    }

    private void put(CutoverStep step) {
        steps.put(step.name(), step);
    }
}
