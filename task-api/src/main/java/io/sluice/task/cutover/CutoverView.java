package io.sluice.task.cutover;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.contracts.errand.CutoverStep;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.Errand.FinalComparison;
import io.sluice.task.life.TaskState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A cutover as users see it.
 *
 * @param reverseTask a task that leads changes of the target back to the source, to be completed with passwords and
 *     created; null when the target cannot be a source
 */
@Schema(name = "Cutover")
@JsonInclude(JsonInclude.Include.NON_NULL)
record CutoverView(
        int number,
        CutoverState state,
        boolean readOnlySource,
        boolean endSessions,
        List<String> endSessionsOf,
        FinalComparison compare,
        long sequenceMargin,
        Instant requestedAt,
        String requestedBy,
        @Nullable Instant endedAt,
        List<CutoverStep> steps,
        @Schema(type = SchemaType.OBJECT) @Nullable JsonNode reverseTask,
        @Nullable String reverseTaskProblem) {

    static CutoverView of(CutoverRow row, TaskState task, ReverseTask reverse) {
        Errand.Cutover asked = row.errand();
        boolean completed = row.state == CutoverState.FENCED && task == TaskState.COMPLETED;
        return new CutoverView(
                row.number,
                completed ? CutoverState.COMPLETED : row.state,
                asked.readOnlySource(),
                asked.endSessions(),
                asked.endSessionsOf(),
                asked.compare(),
                asked.sequenceMargin(),
                row.requestedAt,
                row.requestedBy,
                row.endedAt,
                steps(row, task, completed),
                reverse.body(),
                reverse.problem());
    }

    /** The last step is task-api's own. */
    private static List<CutoverStep> steps(CutoverRow row, TaskState task, boolean completed) {
        List<CutoverStep> steps = new ArrayList<>(row.stepList());
        if (row.state == CutoverState.FENCED) {
            steps.removeIf(step -> step.name() == CutoverStep.Name.COMPLETE);
            steps.add(new CutoverStep(
                    CutoverStep.Name.COMPLETE,
                    completed
                            ? CutoverStep.State.DONE
                            : task == TaskState.STOP_FAILED ? CutoverStep.State.FAILED : CutoverStep.State.RUNNING,
                    row.endedAt,
                    null,
                    "the task is in " + task));
        }
        return steps;
    }
}
