package io.sluice.apply.consume;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the records of a topic follow each other as capture writes them: whole transactions one after the other,
 * each counted from 1 without a gap, at positions that never go back. A record that somebody else wrote, and one that went
 * missing, breaks that. Plain object; not thread-safe.
 */
final class RecordOrder {

    /** Up to here everything is complete. */
    private Lsn reached;

    private @Nullable ChangePosition last;
    private boolean within;

    /** @param reached what comes is not before it; zero when that is not known */
    RecordOrder(Lsn reached) {
        this.reached = reached;
    }

    /** @throws SluiceException {@code CHANGE_UNREADABLE} */
    void check(ChangeRecord change) {
        switch (change) {
            case RowChange row -> follow(row.position(), true);
            case Truncate truncate -> follow(truncate.position(), true);
            case Ddl ddl -> follow(ddl.position(), true);
            case TransactionEnd end -> follow(end.position(), false);
            case Heartbeat heartbeat -> {
                if (within) {
                    throw broken("a heartbeat within transaction", last);
                }
                Lsn at = heartbeat.position().commitLsn();
                if (reached.isAfter(at)) {
                    throw broken("a heartbeat of an earlier position, " + at + ", follows", last);
                }
                reached = at;
            }
        }
    }

    private void follow(ChangePosition position, boolean goesOn) {
        ChangePosition before = last;
        if (within && before != null) {
            if (position.xid() != before.xid()
                    || !position.commitLsn().equals(before.commitLsn())
                    || position.order() != before.order() + 1) {
                throw broken("a record of another place follows", before);
            }
        } else if (position.order() != 1
                || reached.isAfter(position.commitLsn())
                || before != null && !position.commitLsn().isAfter(before.commitLsn())) {
            throw broken(
                    "a record does not begin a later transaction (position " + position.commitLsn() + " after "
                            + reached + "), it follows",
                    before);
        }
        last = position;
        reached = position.commitLsn();
        within = goesOn;
    }

    private static SluiceException broken(String what, @Nullable ChangePosition before) {
        return new SluiceException(
                ErrorCode.CHANGE_UNREADABLE,
                what
                        + (before == null
                                ? " what was applied before"
                                : " xid " + before.xid() + ", change " + before.order())
                        + ". Records of the topic are missing, or somebody else writes into it. Nothing after it was"
                        + " applied. Keep others from writing to the topic (ACLs), then resume the task with"
                        + " {\"reload\": [\"*\"]}, which makes the topic anew.");
    }
}
