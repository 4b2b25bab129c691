package io.sluice.apply.compare;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row that differs.
 *
 * @param key the text forms of the key's columns; empty for a table without a key
 * @param source the text forms of the compared columns; null when the row is not there
 * @param target likewise
 * @param times how many such rows there are; more than one only without a key
 */
record Difference(
        Kind kind,
        List<String> key,
        @Nullable List<@Nullable String> source,
        @Nullable List<@Nullable String> target,
        long times) {

    /** How the sides differ. */
    enum Kind {
        /** Not on the target. */
        MISSING,
        /** Only on the target. */
        EXTRA,
        /** Other columns than the key. */
        CHANGED
    }
}
