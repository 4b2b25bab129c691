package io.sluice.apply.compare;

/**
 * How far the checksums of one table are. Stored after each part that was read, so that another run goes on there.
 */
record ScanState(Pieces pieces, Side source, Side target) {

    static ScanState begin(Pieces pieces) {
        return new ScanState(pieces, Side.begin(pieces.count()), Side.begin(pieces.count()));
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
