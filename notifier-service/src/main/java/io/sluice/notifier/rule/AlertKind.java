package io.sluice.notifier.rule;

/** What can be wrong with a task; each kind is one alert of a task at most. The words are part of the contract. */
public enum AlertKind {
    ABNORMAL("abnormal"),
    LAG("lag"),
    SLOT("slot-at-risk"),
    LOAD("full-load-slow"),
    AUTO_STOP("auto-stop"),
    COMPARISON("comparison");

    private final String word;

    AlertKind(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    /** The same for every firing of one task's alert. */
    public String key(String taskId) {
        return taskId + "/" + word;
    }
}
