package io.sluice.notifier.rule;

/** What an event means to an alert. */
public sealed interface Verdict {

    /** Nothing that anybody must be told. */
    record Unchanged() implements Verdict {}

    /** The alert is now as given, and its topic is told. */
    record Changed(Alert alert) implements Verdict {}

    /** The task is gone, and its alert with it; nobody is told. */
    record Forgotten() implements Verdict {}
}
