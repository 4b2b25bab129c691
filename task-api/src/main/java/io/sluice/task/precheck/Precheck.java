package io.sluice.task.precheck;

import io.sluice.task.precheck.check.Item;
import io.sluice.task.precheck.check.Result;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
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

    /** Every warning among them is one of these, and says the same. */
    boolean hasWarningsOf(Collection<Item> others) {
        return others.stream()
                .filter(item -> item.result() == Result.WARNING)
                .allMatch(item -> items.stream().anyMatch(item::saysTheSame));
    }

    /** Keys of warnings that were confirmed here and say the same there. */
    List<String> confirmedOf(Collection<Item> others) {
        return others.stream()
                .filter(item -> item.result() == Result.WARNING && confirmed.contains(item.key()))
                .filter(item -> items.stream().anyMatch(item::saysTheSame))
                .map(Item::key)
                .toList();
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
