package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import java.time.Duration;
import java.util.List;

/** The full load takes longer than it should. A pause or a failure begins the count anew, and ends no alert. */
record LoadRule(Duration firesAfter) implements Rule {

    @Override
    public AlertKind kind() {
        return AlertKind.LOAD;
    }

    /** Hours pass; that nothing was heard for some minutes of them changes nothing. */
    @Override
    public boolean needsNews() {
        return false;
    }

    @Override
    public Finding look(TaskEvent event, List<String> marks) {
        if (event.state().equals(TaskStates.LOADING)) {
            return new Finding.Bad(
                    event.at(),
                    "has a slow full load",
                    "Its full load has run for more than " + Words.duration(firesAfter) + ".");
        }
        return TaskStates.idle(event.state()) || event.state().equals("STARTING")
                ? Finding.unknown()
                : new Finding.Over("has its full load behind it", "It is in state " + event.state() + ".");
    }
}
