package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.rule.Alert.State;
import java.time.temporal.ChronoUnit;

/**
 * What people read about an alert. One line each; the detail comes from the event, which holds neither secrets nor row
 * data.
 */
public record Wording(String subject, String message) {

    public static Wording of(Alert alert, TaskEvent event) {
        String since = alert.since().truncatedTo(ChronoUnit.SECONDS).toString();
        return alert.state() == State.FIRING
                ? new Wording(
                        "[FIRING] Task " + event.taskName() + " is abnormal: " + event.state(),
                        "Task " + event.taskName() + " is in state " + event.state() + " since " + since + "."
                                + code(event) + detail(event))
                : new Wording(
                        "[RESOLVED] Task " + event.taskName() + " is healthy again: " + event.state(),
                        "Task " + event.taskName() + " is in state " + event.state() + "; it was abnormal since "
                                + since + "." + code(event) + detail(event));
    }

    private static String code(TaskEvent event) {
        return event.code() == null ? "" : " " + event.code() + ":";
    }

    private static String detail(TaskEvent event) {
        return event.detail().isBlank() ? "" : " " + event.detail().strip();
    }
}
