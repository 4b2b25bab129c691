package io.sluice.notifier.rule;

import java.time.Instant;

/**
 * What a rule sees in one event. The subject goes on after "Task orders "; the message is whole sentences. Both are for
 * people, and hold neither secrets nor row data.
 */
sealed interface Finding {

    /** The event says nothing about it: all stays as it is, and what is being waited for is waited for on. */
    record NoNews() implements Finding {}

    /** Nobody can tell now: what was being waited for begins anew. */
    record Unknown() implements Finding {}

    /** @param since since when it is known to be so; nothing fires before it has lasted for long enough */
    record Bad(Instant since, String subject, String message) implements Finding {}

    record Good(String subject, String message) implements Finding {}

    /** It is nothing to watch any more: an alert that fires is over at once, and the next one begins from nothing. */
    record Over(String subject, String message) implements Finding {}

    /** The end of it, which is told even if its beginning was not. */
    record End(String subject, String message) implements Finding {}

    static Finding noNews() {
        return new NoNews();
    }

    static Finding unknown() {
        return new Unknown();
    }
}
