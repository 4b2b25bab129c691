package io.sluice.apply.compare;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the checksums of one table are. Stored after each part that was read, so that another run goes on there.
 *
 * @param since the oldest transaction of the source that the first snapshot may not have seen; null before it
 * @param renewed it was read under more than one snapshot
 * @param anew how often it had to be read from the beginning
 * @param files in which the rows of both sides lay at the newest snapshot; pages of others are other pages
 */
record ScanState(
        Pieces pieces, Side source, Side target, @Nullable Long since, boolean renewed, int anew, List<Long> files) {

    ScanState {
        files = List.copyOf(files);
    }

    static ScanState begin(Pieces pieces) {
        return new ScanState(pieces, Side.begin(pieces.count()), Side.begin(pieces.count()), null, false, 0, List.of());
    }

    /**
     * Goes on under another snapshot, with the oldest transaction that it may not see. Begins again when a table was
     * rewritten (VACUUM FULL, CLUSTER) or has other partitions: rows have moved that no transaction has written.
     */
    ScanState under(long oldest, List<Long> newFiles) {
        if (since == null) {
            return new ScanState(pieces, source, target, oldest, false, anew, newFiles);
        }
        return newFiles.equals(files)
                ? new ScanState(pieces, source, target, since, true, anew, files)
                : new ScanState(
                        pieces,
                        Side.begin(pieces.count()),
                        Side.begin(pieces.count()),
                        oldest,
                        false,
                        anew + 1,
                        newFiles);
    }

    ScanState with(Side newSource, Side newTarget) {
        return new ScanState(pieces, newSource, newTarget, since, renewed, anew, files);
    }

    /**
     * One side.
     *
     * @param relation the part to read next, among those that the side is read in: tables, or their partitions
     * @param page of that one, to read next
     */
    record Side(int relation, long page, Checksums checksums) {

        private static final int END = Integer.MAX_VALUE;

        static Side begin(int pieces) {
            return new Side(0, 0, Checksums.empty(pieces));
        }

        boolean done() {
            return relation == END;
        }

        /** At its end when there are no more parts. */
        Side of(int parts) {
            return relation >= parts ? new Side(END, 0, checksums) : this;
        }

        Side read(Checksums part, int nextRelation, long nextPage) {
            return new Side(nextRelation, nextPage, checksums.plus(part));
        }
    }
}
