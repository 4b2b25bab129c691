package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.rule.Alert.State;
import org.jspecify.annotations.Nullable;

/**
 * The alert "task abnormal": it fires when a task becomes abnormal and resolves when the task is surely healthy again.
 * While it fires, another cause is no new alert. Events of one task must be given in their order. Thread-safe.
 */
public final class AbnormalRule {

    public static final String KIND = "abnormal";

    private static final Verdict UNCHANGED = new Verdict.Unchanged();

    /** The alert's key, the same for every firing of one task's alert. */
    public String key(String taskId) {
        return taskId + "/" + KIND;
    }

    /** @param current the alert so far; null when the task never had one */
    public Verdict judge(@Nullable Alert current, TaskEvent event) {
        if (event.kind() == TaskEvent.Kind.DELETED) {
            return current == null ? UNCHANGED : new Verdict.Forgotten();
        }
        boolean firing = current != null && current.isFiring();
        return switch (event.health()) {
            case ABNORMAL -> firing ? UNCHANGED : new Verdict.Changed(new Alert(State.FIRING, event.at()));
            case HEALTHY ->
                current != null && current.isFiring()
                        ? new Verdict.Changed(new Alert(State.RESOLVED, current.since()))
                        : UNCHANGED;
            case UNSURE -> UNCHANGED;
        };
    }
}
