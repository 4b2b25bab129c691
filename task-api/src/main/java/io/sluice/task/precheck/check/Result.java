package io.sluice.task.precheck.check;

/** What came of a check, from good to bad. */
public enum Result {
    PASSED,
    /** Must be confirmed before the task starts. */
    WARNING,
    /** The task cannot start. */
    FAILED
}
