package io.sluice.contracts.task;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.LocalTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast the load may be; null for no limit.
 *
 * @param windows times of day with a limit of their own, at most 3, not overlapping
 */
public record LoadLimits(
        @Nullable Long maxRowsPerSecond,
        @Nullable Long maxBytesPerSecond,
        @Nullable Long maxQueriesPerSecond,
        List<Window> windows) {

    public static final LoadLimits NONE = new LoadLimits(null, null, null, List.of());

    public LoadLimits {
        windows = List.copyOf(windows);
    }

    /**
     * A time of day, in UTC; goes over midnight when it ends before it begins.
     *
     * @param maxBytesPerSecond 0: the load rests; null: no limit
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Window(
            @JsonFormat(pattern = "HH:mm") LocalTime from,
            @JsonFormat(pattern = "HH:mm") LocalTime to,
            @Nullable Long maxBytesPerSecond) {}
}
