package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import java.time.Duration;
import java.util.List;

/** One row of the table of alerts. Rules remember nothing: what must be remembered is in {@link Watch}. */
interface Rule {

    AlertKind kind();

    /** @param marks what {@link #mark} has made of all events so far */
    Finding look(TaskEvent event, List<String> marks);

    /** How long it must be bad without a break before anybody is told. */
    default Duration firesAfter() {
        return Duration.ZERO;
    }

    /** How long it must be good without a break before anybody is told. */
    default Duration resolvesAfter() {
        return Duration.ZERO;
    }

    /** Whether it can fire only after it was good once. */
    default boolean needsGoodFirst() {
        return false;
    }

    /** Whether a time of which nothing is known breaks what must last without a break. */
    default boolean needsNews() {
        return true;
    }

    /** Words that the next events are judged with, besides themselves. */
    default List<String> mark(TaskEvent event, List<String> before) {
        return before;
    }
}
