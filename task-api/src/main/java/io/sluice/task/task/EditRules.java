package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import java.util.List;
import java.util.Set;

/** Which fields of a task may change in which state. */
final class EditRules {

    /** Everything else is what a started task was built upon: it changes in CONFIGURATION only. */
    private static final List<String> AT_ANY_TIME = List.of(
            "description",
            "tags",
            "source.password",
            "source.tls",
            "target.password",
            "target.tls",
            "changes.tableError",
            "fullLoad",
            "incremental",
            "retry",
            "alerts",
            "autoStopDays");

    private EditRules() {}

    /** @throws SluiceException {@code TASK_STATE} that names each field that cannot change now */
    static void requireAllowed(TaskStatus status, Set<String> fields) {
        if (status.deleting()) {
            throw new SluiceException(ErrorCode.TASK_STATE, "The task is being deleted.");
        }
        if (status.state() == TaskState.CONFIGURATION) {
            return;
        }
        String first = status.state() == TaskState.PENDING_START
                ? "take the planned start back first, with DELETE …/start."
                : "reset the task to CONFIGURATION first.";
        List<Violation> refused = fields.stream()
                .filter(field -> !atAnyTime(field))
                .map(field ->
                        new Violation(field, ErrorCode.TASK_STATE, "cannot change in " + status.state() + "; " + first))
                .toList();
        if (!refused.isEmpty()) {
            String names =
                    String.join(", ", refused.stream().map(Violation::field).toList());
            throw new SluiceException(
                    "The task is in " + status.state() + ", in which these fields cannot change: " + names
                            + ". At any time change: " + String.join(", ", AT_ANY_TIME) + ".",
                    refused);
        }
    }

    private static boolean atAnyTime(String field) {
        return !field.startsWith("incremental.from")
                && AT_ANY_TIME.stream().anyMatch(free -> field.equals(free) || field.startsWith(free + "."));
    }
}
