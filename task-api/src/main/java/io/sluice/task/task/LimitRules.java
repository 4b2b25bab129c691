package io.sluice.task.task;

import io.sluice.task.endpoint.FieldErrors;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules for workers, limits and windows. */
final class LimitRules {

    static final int DEFAULT_WORKERS = 4;

    private static final int MAXIMUM_WORKERS = 64;
    private static final int MAXIMUM_WINDOWS = 3;
    private static final int MINUTES_OF_A_DAY = 24 * 60;
    private static final Pattern TIME = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");

    private LimitRules() {}

    static void check(
            FieldErrors errors, TaskInput.@Nullable FullLoad load, TaskInput.@Nullable Incremental incremental) {
        if (load != null) {
            errors.range("fullLoad.workers", load.workers(), 1, MAXIMUM_WORKERS);
            limit(errors, "fullLoad.maxRowsPerSecond", load.maxRowsPerSecond());
            limit(errors, "fullLoad.maxBytesPerSecond", load.maxBytesPerSecond());
            limit(errors, "fullLoad.maxQueriesPerSecond", load.maxQueriesPerSecond());
            if (load.windows() != null) {
                checkWindows(errors, load.windows());
            }
        }
        if (incremental != null) {
            limit(errors, "incremental.maxRowsPerSecond", incremental.maxRowsPerSecond());
            limit(errors, "incremental.maxBytesPerSecond", incremental.maxBytesPerSecond());
        }
    }

    private static void limit(FieldErrors errors, String field, @Nullable Long value) {
        if (value != null && value < 1) {
            errors.invalid(field, "must be at least 1; null is no limit.");
        }
    }

    private static void checkWindows(FieldErrors errors, List<TaskInput.@Nullable Window> windows) {
        if (windows.size() > MAXIMUM_WINDOWS) {
            errors.invalid("fullLoad.windows", "must be at most " + MAXIMUM_WINDOWS + ".");
            return;
        }
        List<Span> seen = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            String field = "fullLoad.windows[" + i + "]";
            TaskInput.Window window = windows.get(i);
            if (window == null) {
                errors.invalid(field, "must be {\"from\": \"22:00\", \"to\": \"06:00\"}.");
                continue;
            }
            if (window.maxBytesPerSecond() != null && window.maxBytesPerSecond() < 0) {
                errors.invalid(field + ".maxBytesPerSecond", "must be at least 0, which rests; null is no limit.");
            }
            boolean begins = time(errors, field + ".from", window.from());
            boolean ends = time(errors, field + ".to", window.to());
            if (begins && ends) {
                Span span = Span.of(String.valueOf(window.from()), String.valueOf(window.to()));
                if (span.length() == 0) {
                    errors.invalid(field + ".to", "must differ from its beginning.");
                } else if (seen.stream().anyMatch(span::overlaps)) {
                    errors.invalid(field, "must not overlap with another window.");
                }
                seen.add(span);
            }
        }
    }

    private static boolean time(FieldErrors errors, String field, @Nullable String value) {
        if (value == null || !TIME.matcher(value).matches()) {
            errors.invalid(field, "must be a time of day in UTC, as in 22:00.");
            return false;
        }
        return true;
    }

    /**
     * Minutes of the day; a window that ends before it begins goes over midnight.
     *
     * @param length 0 to a day less a minute
     */
    private record Span(int begin, int length) {

        static Span of(String from, String to) {
            int begin = minute(from);
            return new Span(begin, Math.floorMod(minute(to) - begin, MINUTES_OF_A_DAY));
        }

        /** One of the two begins while the other lasts. */
        boolean overlaps(Span other) {
            return Math.floorMod(other.begin - begin, MINUTES_OF_A_DAY) < length
                    || Math.floorMod(begin - other.begin, MINUTES_OF_A_DAY) < other.length;
        }

        private static int minute(String time) {
            return LocalTime.parse(time).toSecondOfDay() / 60;
        }
    }
}
