package io.sluice.contracts.task;

import org.jspecify.annotations.Nullable;

/** How fast changes may be applied; null for no limit. */
public record ChangeLimits(
        @Nullable Long maxRowsPerSecond, @Nullable Long maxBytesPerSecond) {

    public static final ChangeLimits NONE = new ChangeLimits(null, null);
}
