package io.sluice.task.precheck.check;

/** What a check is about. */
public enum Group {
    CONNECTION,
    VERSION,
    PRIVILEGES,
    SOURCE_SETTINGS,
    TABLES,
    OBJECTS,
    TARGET_SETTINGS
}
