package io.sluice.contracts.errand;

import org.jspecify.annotations.Nullable;

/**
 * One difference between the definitions of both sides.
 *
 * @param object what kind of object, as in {@code INDEX}
 * @param name as the target would have it
 * @param attribute what of it differs; null when the whole object does
 * @param source as the source has it, mapped; null when it is not there
 * @param target as the target has it; null when it is not there
 */
public record ObjectDifference(
        String object,
        String name,
        Kind kind,
        @Nullable String attribute,
        @Nullable String source,
        @Nullable String target) {

    /** How they differ. */
    public enum Kind {
        /** Not on the target. */
        MISSING,
        DIFFERING,
        /** Only on the target. */
        EXTRA,
        /**
         * A sequence of the target that is behind the source's while the task streams: the cutover moves it, and until then
         * it is no difference.
         */
        LAGGING
    }
}
