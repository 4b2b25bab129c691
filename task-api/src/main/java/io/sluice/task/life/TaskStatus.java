package io.sluice.task.life;

import io.sluice.contracts.event.TaskEvent.Health;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.Phase;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a task that commands and reports change.
 *
 * @param left the running state that PAUSED left; null in every other state
 * @param generation of the newest order; 0 before the first
 * @param phase of the newest order; null before the first
 * @param step the furthest that apply has reported since the task was started
 * @param error why the state is a failed one, or a reset or a deletion could not be completed; null otherwise
 * @param captureRetry what capture is retrying; null when nothing
 * @param captureEnded what capture left behind when it carried out the newest order; null while it has not
 * @param resetting the newest order removes everything so that the task can begin anew
 */
public record TaskStatus(
        TaskState state,
        @Nullable TaskState left,
        long generation,
        @Nullable Phase phase,
        @Nullable Step step,
        @Nullable TaskError error,
        @Nullable Retry captureRetry,
        @Nullable Retry applyRetry,
        @Nullable List<Leftover> captureEnded,
        @Nullable List<Leftover> applyEnded,
        boolean resetting) {

    public static final TaskStatus NEW =
            new TaskStatus(TaskState.CONFIGURATION, null, 0, null, null, null, null, null, null, null, false);

    /** What is being retried; when both services retry, the error that lasts longer. */
    public @Nullable Retry retrying() {
        if (captureRetry == null || applyRetry == null) {
            return captureRetry == null ? applyRetry : captureRetry;
        }
        return captureRetry.since().isAfter(applyRetry.since()) ? applyRetry : captureRetry;
    }

    public Health health() {
        return state.running() && retrying() != null ? Health.UNSURE : state.health();
    }

    public boolean started() {
        return phase != null;
    }

    /** Everything that was made for the task is being removed, and the task with it. */
    public boolean deleting() {
        return phase == Phase.DELETE && !resetting;
    }

    /** A deletion has come to its end without removing everything, and its caller was not there to be told. */
    public boolean deletionIncomplete() {
        return deleting() && error != null;
    }

    /** The order to stop or delete was carried out by all who had work for it; only apply has when nothing streams. */
    public boolean ended(boolean streams) {
        return applyEnded != null && (captureEnded != null || !streams);
    }

    /** What both services left behind, of those that have answered. */
    public List<Leftover> leftovers() {
        return Stream.of(captureEnded, applyEnded)
                .filter(list -> list != null)
                .flatMap(List::stream)
                .toList();
    }

    @Nullable
    Retry retry(Service service) {
        return service == Service.CAPTURE ? captureRetry : applyRetry;
    }

    /** Nothing was reached yet: what an earlier start has filled does not count. */
    TaskStatus afresh() {
        return new TaskStatus(
                state,
                left,
                generation,
                phase,
                null,
                error,
                captureRetry,
                applyRetry,
                captureEnded,
                applyEnded,
                resetting);
    }

    /** To another state, with nothing left of errors and retries. */
    TaskStatus moved(TaskState to, @Nullable TaskState leaving) {
        return new TaskStatus(to, leaving, generation, phase, step, null, null, null, captureEnded, applyEnded, false);
    }

    /** To another state, while what is retried goes on. */
    TaskStatus advanced(TaskState to) {
        return new TaskStatus(
                to, null, generation, phase, step, null, captureRetry, applyRetry, captureEnded, applyEnded, resetting);
    }

    TaskStatus failed(TaskState to, TaskError why) {
        return new TaskStatus(to, null, generation, phase, step, why, null, null, captureEnded, applyEnded, resetting);
    }

    /** Where it is, and why it does not get on. */
    TaskStatus withError(@Nullable TaskError why) {
        return new TaskStatus(
                state,
                left,
                generation,
                phase,
                step,
                why,
                captureRetry,
                applyRetry,
                captureEnded,
                applyEnded,
                resetting);
    }

    /** With a new order, which nobody has carried out yet. */
    TaskStatus ordered(Phase newPhase) {
        return new TaskStatus(
                state, left, generation + 1, newPhase, step, error, captureRetry, applyRetry, null, null, resetting);
    }

    /** With a new order to do nothing; the task is as it was. */
    TaskStatus orderedNothing() {
        return new TaskStatus(
                state,
                left,
                generation + 1,
                phase,
                step,
                error,
                captureRetry,
                applyRetry,
                captureEnded,
                applyEnded,
                resetting);
    }

    /** The services begin their retries anew. */
    TaskStatus retriedAnew() {
        return new TaskStatus(
                state, left, generation, phase, step, error, null, null, captureEnded, applyEnded, resetting);
    }

    TaskStatus resetting(boolean begun) {
        return new TaskStatus(state, left, generation, phase, step, error, null, null, captureEnded, applyEnded, begun);
    }

    /** As it was before its first start, but for the generation, which never goes back. */
    TaskStatus unstarted() {
        return new TaskStatus(
                TaskState.CONFIGURATION, null, generation, null, null, null, null, null, null, null, false);
    }

    TaskStatus reached(Step newStep) {
        Step furthest = step == null || newStep.compareTo(step) > 0 ? newStep : step;
        return new TaskStatus(
                state,
                left,
                generation,
                phase,
                furthest,
                error,
                captureRetry,
                applyRetry,
                captureEnded,
                applyEnded,
                resetting);
    }

    TaskStatus retrying(Service service, @Nullable Retry retry) {
        return new TaskStatus(
                state,
                left,
                generation,
                phase,
                step,
                error,
                service == Service.CAPTURE ? retry : captureRetry,
                service == Service.APPLY ? retry : applyRetry,
                captureEnded,
                applyEnded,
                resetting);
    }

    TaskStatus ended(Service service, List<Leftover> leftovers) {
        return new TaskStatus(
                state,
                left,
                generation,
                phase,
                step,
                error,
                captureRetry,
                applyRetry,
                service == Service.CAPTURE ? leftovers : captureEnded,
                service == Service.APPLY ? leftovers : applyEnded,
                resetting);
    }
}
