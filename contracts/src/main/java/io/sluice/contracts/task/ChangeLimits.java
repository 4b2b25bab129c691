package io.sluice.contracts.task;

import org.jspecify.annotations.Nullable;

/**
 * How fast changes may be applied, null for no limit, and from where on.
 *
 * @param from null for from now on
 */
public record ChangeLimits(
        @Nullable Long maxRowsPerSecond,
        @Nullable Long maxBytesPerSecond,
        @Nullable StartPoint from) {

    public static final ChangeLimits NONE = new ChangeLimits(null, null);

    public ChangeLimits(@Nullable Long maxRowsPerSecond, @Nullable Long maxBytesPerSecond) {
        this(maxRowsPerSecond, maxBytesPerSecond, null);
    }
}
