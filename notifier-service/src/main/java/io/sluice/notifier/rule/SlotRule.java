package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.contracts.event.Vitals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The source keeps so much WAL for the task's slot that it may soon give the slot up, or run out of disk. The states of a
 * slot are those of {@code pg_replication_slots.wal_status}.
 *
 * @param bytes more than that is too much anyway; empty when only the source's own limit counts
 */
record SlotRule(OptionalLong bytes, Duration resolvesAfter) implements Rule {

    private static final long PERCENT = 80;

    /** "unknown" is what servers before 13 say. */
    private static final Set<String> SAFE = Set.of("reserved", "extended", "unknown");

    @Override
    public AlertKind kind() {
        return AlertKind.SLOT;
    }

    @Override
    public Finding look(TaskEvent event, List<String> marks) {
        if (TaskStates.atRest(event.state())) {
            return new Finding.Over("keeps no WAL at its source any more", "It is in state " + event.state() + ".");
        }
        Vitals vitals = event.vitals();
        if (vitals == null) {
            return Finding.noNews();
        }
        Long retained = vitals.walRetainedBytes();
        String status = vitals.walStatus();
        if (retained == null || status == null) {
            return Finding.unknown();
        }
        List<String> reasons = reasons(retained, vitals.walLimitBytes(), status);
        return reasons.isEmpty()
                ? new Finding.Good(
                        "has its slot out of risk",
                        "The source keeps " + Words.bytes(retained) + " of WAL for its slot, which is " + status + ".")
                : new Finding.Bad(
                        event.at(),
                        "has its slot at risk: " + Words.bytes(retained) + " of WAL retained",
                        String.join(" ", reasons));
    }

    private List<String> reasons(long retained, @Nullable Long limit, String status) {
        List<String> reasons = new ArrayList<>();
        if (!SAFE.contains(status)) {
            reasons.add(
                    "The source calls the slot's WAL " + status + ": the next checkpoint may remove what it needs.");
        }
        if (limit != null && limit > 0 && retained > limit / 100 * PERCENT) {
            reasons.add("The source keeps " + Words.bytes(retained) + " of WAL for the slot, over " + PERCENT
                    + " % of max_slot_wal_keep_size, " + Words.bytes(limit) + "; beyond it the slot is lost.");
        }
        if (bytes.isPresent() && retained > bytes.getAsLong()) {
            reasons.add("The source keeps " + Words.bytes(retained) + " of WAL for the slot, over "
                    + Words.bytes(bytes.getAsLong()) + ", which is set as too much.");
        }
        return reasons;
    }
}
