package io.sluice.apply.compare;

import java.util.List;
import java.util.function.Consumer;

/** Counts the differences of a table, and hands on the first ones. Used by one thread. */
final class Findings {

    /** So many are kept with both images. */
    static final int KEPT = 1_000;

    /** After so many it is clear that the table must be looked at by other means. */
    private static final long MOST = 100_000;

    private final Consumer<List<Difference>> keeper;
    private long missing;
    private long extra;
    private long changed;
    private long unsettled;
    private long held;
    private long kept;

    Findings(Consumer<List<Difference>> keeper) {
        this.keeper = keeper;
    }

    void found(List<Difference> differences) {
        for (Difference difference : differences) {
            switch (difference.kind()) {
                case MISSING -> missing += difference.times();
                case EXTRA -> extra += difference.times();
                case CHANGED -> changed += difference.times();
            }
        }
        if (kept < KEPT && !differences.isEmpty()) {
            List<Difference> first = differences.stream().limit(KEPT - kept).toList();
            keeper.accept(first);
            kept += first.size();
        }
    }

    void unsettled(long rows) {
        unsettled += rows;
    }

    /** These do not fit, but a stream that is paused may have still to bring them; they are unsettled, too. */
    void held(long rows) {
        unsettled += rows;
        held += rows;
    }

    /** No more are to be looked for. */
    boolean enough() {
        return total() >= MOST;
    }

    long total() {
        return missing + extra + changed;
    }

    long missing() {
        return missing;
    }

    long extra() {
        return extra;
    }

    long changed() {
        return changed;
    }

    long unsettled() {
        return unsettled;
    }

    long held() {
        return held;
    }
}
