package io.sluice.task.life;

import io.sluice.contracts.task.Phase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command or a report makes of a task.
 *
 * @param order the phase of a new order to publish, whose generation the status has already; null for none
 * @param notes lines for the task's history, in order
 */
public record Outcome(TaskStatus status, @Nullable Phase order, List<Note> notes) {

    public Outcome {
        notes = List.copyOf(notes);
    }

    static Outcome of(TaskStatus status) {
        return new Outcome(status, null, List.of());
    }

    Outcome order(Phase phase) {
        return new Outcome(status.ordered(phase), phase, notes);
    }

    public Outcome note(Note note) {
        List<Note> all = new ArrayList<>(notes);
        all.add(note);
        return new Outcome(status, order, all);
    }
}
