package io.sluice.apply.compare;

import org.jspecify.annotations.Nullable;

/**
 * How far the checksums of one table are. Stored after each part that was read, so that another run goes on there.
 *
 * @param since the oldest transaction of the source that the first snapshot may not have seen; null before it
 * @param renewed it was read under more than one snapshot
 */
record ScanState(
        Pieces pieces, Side source, Side target, @Nullable Long since, boolean renewed) {

    static ScanState begin(Pieces pieces) {
        return new ScanState(pieces, Side.begin(pieces.count()), Side.begin(pieces.count()), null, false);
    }

    /** Goes on under another snapshot, with the oldest transaction that it may not see. */
    ScanState under(long oldest) {
        return new ScanState(pieces, source, target, since == null ? Long.valueOf(oldest) : since, since != null);
    }

    ScanState with(Side newSource, Side newTarget) {
        return new ScanState(pieces, newSource, newTarget, since, renewed);
    }

    /**
     * One side.
     *
     * @param relation the one to read next, among the side's
     * @param page of that relation, to read next
     */
    record Side(int relation, long page, Checksums checksums) {

        static Side begin(int pieces) {
            return new Side(0, 0, Checksums.empty(pieces));
        }

        Side read(Checksums part, int nextRelation, long nextPage) {
            return new Side(nextRelation, nextPage, checksums.plus(part));
        }
    }
}
