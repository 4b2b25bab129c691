package io.sluice.contracts.errand;

/** What is compared. */
public enum ComparisonKind {
    /** Definitions: tables, keys, indexes, views, functions, ... */
    OBJECTS,
    /** How many rows each table has. */
    ROW_COUNT,
    /** Every column of every row. */
    CONTENT
}
