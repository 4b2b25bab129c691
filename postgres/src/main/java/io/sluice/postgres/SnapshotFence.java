package io.sluice.postgres;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import java.util.Arrays;

/**
 * Which transactions a table's copy has already seen. A change whose transaction was visible to the snapshot under which
 * the table was copied is in the copy, and must not be applied again; every other one must.
 *
 * <p>The snapshot is PostgreSQL's {@code pg_snapshot} ({@code xmin:xmax:xip,xip,…}, 64-bit ids, section 9.27.9 of the
 * manual). Changes carry 32-bit ids, which are widened to the 64-bit id nearest to the snapshot's {@code xmax}: a
 * replication slot cannot be two thousand million transactions behind.
 *
 * @param text the snapshot as PostgreSQL writes it
 * @param until WAL position read after the snapshot was taken: a transaction committed after it cannot be visible
 */
public record SnapshotFence(String text, Lsn until, long xmin, long xmax, Ids inProgress) {

    /** Sorted transaction ids; a class of its own since records compare arrays by identity. */
    public static final class Ids {
        private final long[] sorted;

        private Ids(long[] sorted) {
            this.sorted = sorted;
        }

        private boolean contains(long id) {
            return Arrays.binarySearch(sorted, id) >= 0;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Ids ids && Arrays.equals(sorted, ids.sorted);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(sorted);
        }
    }

    /** @throws IllegalArgumentException when the text is not a {@code pg_snapshot} */
    public static SnapshotFence parse(String text, Lsn until) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("snapshot: not of the form xmin:xmax:xip: " + text);
        }
        long[] ids = parts[2].isEmpty()
                ? new long[0]
                : Arrays.stream(parts[2].split(","))
                        .mapToLong(Long::parseLong)
                        .sorted()
                        .toArray();
        return new SnapshotFence(text, until, Long.parseLong(parts[0]), Long.parseLong(parts[1]), new Ids(ids));
    }

    /** True when the copy holds what this transaction did. */
    public boolean hides(ChangePosition position) {
        if (position.commitLsn().isAfter(until)) {
            return false;
        }
        long xid = widen(position.xid());
        return xid < xmin || (xid < xmax && !inProgress.contains(xid));
    }

    private long widen(long xid32) {
        // The signed 32-bit distance is right as long as the two are less than 2^31 apart.
        return xmax + (int) (xid32 - xmax);
    }
}
