package io.sluice.task.precheck;

import io.sluice.task.precheck.check.Item;
import io.sluice.task.precheck.check.Result;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The newest precheck of a task, as it is stored.
 *
 * @param run names the run, one of many of a task
 * @param abandoned it was running, and whoever ran it has not been heard of for a while
 * @param fingerprint of the specification that was looked at
 * @param tables fingerprint of the chosen tables; empty before it has ended
 * @param total how many items there will be
 * @param confirmed keys of warnings that a user has read
 */
record Precheck(
        String run,
        PrecheckState state,
        boolean abandoned,
        String fingerprint,
        String tables,
        Instant startedAt,
        @Nullable Instant finishedAt,
        int total,
        List<Item> items,
        Set<String> confirmed) {

    Precheck {
        items = List.copyOf(items);
        confirmed = Set.copyOf(confirmed);
    }

    boolean running() {
        return state == PrecheckState.RUNNING && !abandoned;
    }

    /** Nothing failed, for the specification as it is now. */
    boolean allows(String now) {
        return (state == PrecheckState.PASSED || state == PrecheckState.WARNING) && fingerprint.equals(now);
    }

    /** By their keys: what a warning says may be of the moment, as how many sessions there are. */
    boolean hasWarningsOf(Collection<Item> others) {
        return warnings(items).containsAll(warnings(others));
    }

    private static Set<String> warnings(Collection<Item> items) {
        return items.stream()
                .filter(item -> item.result() == Result.WARNING)
                .map(Item::key)
                .collect(Collectors.toSet());
    }

    List<Item> unconfirmed() {
        return unconfirmed(items, confirmed);
    }

    static List<Item> unconfirmed(List<Item> items, Collection<String> confirmed) {
        return items.stream()
                .filter(item -> item.result() == Result.WARNING && !confirmed.contains(item.key()))
                .toList();
    }
}
