package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import java.util.List;

/** A task that nobody looks after will be stopped by itself; it resolves when it was, or when somebody acted. */
record AutoStopRule() implements Rule {

    @Override
    public AlertKind kind() {
        return AlertKind.AUTO_STOP;
    }

    @Override
    public Finding look(TaskEvent event, List<String> marks) {
        return switch (event.kind()) {
            case AUTO_STOP_WARNING ->
                new Finding.Bad(
                        event.at(),
                        "will be stopped by itself within a day",
                        "It is in state " + event.state() + "; resume or stop it." + Words.cause(event));
            case AUTO_STOPPED ->
                new Finding.End("was stopped by itself", "It is in state " + event.state() + "." + Words.cause(event));
            case STATE_CHANGED, RETRYING, RECOVERED, DELETED, VITALS, COMPARISON ->
                TaskStates.idle(event.state()) || event.state().equals(TaskStates.STOPPING)
                        ? Finding.noNews()
                        : new Finding.Over(
                                "will not be stopped by itself any more", "It is in state " + event.state() + ".");
        };
    }
}
