package io.sluice.contracts.event;

import io.sluice.contracts.errand.ComparisonKind;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of a comparison, without what differs in the rows.
 *
 * @param number of the comparison, as in its path
 * @param compared the tables that were compared, as {@code schema.table}; empty for all of the task's
 * @param equal everything was compared, and nothing differs
 * @param differing those that surely differ, at most {@link #NAMES} of them
 * @param undecided those that could not be compared, or not to an end, at most {@link #NAMES} of them
 */
public record Comparison(
        long number,
        ComparisonKind kind,
        boolean equal,
        List<String> compared,
        List<String> differing,
        List<String> undecided) {

    /** More names than that tell nobody anything. */
    public static final int NAMES = 1000;

    public Comparison {
        compared = List.copyOf(Objects.requireNonNullElse(compared, List.of()));
        differing = first(differing);
        undecided = first(undecided);
    }

    private static List<String> first(@Nullable List<String> names) {
        return Objects.requireNonNullElse(names, List.<String>of()).stream()
                .limit(NAMES)
                .toList();
    }
}
