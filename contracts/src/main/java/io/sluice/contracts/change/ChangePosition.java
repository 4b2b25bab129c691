package io.sluice.contracts.change;

/**
 * Where a record stands in the source's history. Transactions are ordered by their commit; a row's own LSN is not
 * monotonic across transactions and says nothing.
 *
 * @param commitLsn LSN of the transaction's commit record (the {@code final_lsn} of pgoutput's Begin message), or of
 *     the message itself for a heartbeat; unique to the transaction
 * @param xid the source's 32-bit transaction id as an unsigned number; 0 for a heartbeat
 * @param order 1, 2, 3, … within the transaction, the end marker last; 0 for a heartbeat
 */
public record ChangePosition(Lsn commitLsn, long xid, long order) implements Comparable<ChangePosition> {

    /** Before everything. */
    public static final ChangePosition START = new ChangePosition(Lsn.ZERO, 0, 0);

    public boolean isAfter(ChangePosition other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(ChangePosition other) {
        int byCommit = commitLsn.compareTo(other.commitLsn);
        return byCommit != 0 ? byCommit : Long.compare(order, other.order);
    }
}
