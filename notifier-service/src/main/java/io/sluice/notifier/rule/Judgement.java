package io.sluice.notifier.rule;

import java.util.List;

/** What an event makes of a watch, and what people are to be told of. */
public record Judgement(Watch watch, List<Change> changes) {

    public Judgement {
        changes = List.copyOf(changes);
    }
}
