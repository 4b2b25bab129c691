package io.sluice.apply.consume;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the records of a topic follow each other as capture writes them: whole transactions and heartbeats, each at
 * a later place of the source's log than the one before, the records of a transaction counted from 1 without a gap. A record
 * that somebody else wrote, and one that went missing, breaks that. Plain object; not thread-safe.
 */
final class RecordOrder {

    private @Nullable ChangePosition last;
    private boolean within;

    /** Nothing that comes is of a place before it. */
    private Lsn reached;

    /** @param applied everything up to here came before; zero when that is not known */
    RecordOrder(Lsn applied) {
        this.reached = applied;
    }

    /** @throws SluiceException {@code CHANGE_UNREADABLE} */
    void check(ChangeRecord change) {
        switch (change) {
            case RowChange row -> follow(row.position(), true);
            case Truncate truncate -> follow(truncate.position(), true);
            case TooLarge large -> follow(large.position(), true);
            case Ddl ddl -> follow(ddl.position(), true);
            case TransactionEnd end -> follow(end.position(), false);
            case Heartbeat heartbeat -> {
                if (within) {
                    throw broken("a heartbeat within transaction", last);
                }
                reach(heartbeat.position().commitLsn(), "a heartbeat");
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
                || before != null && !position.commitLsn().isAfter(before.commitLsn())) {
            throw broken("a record does not begin a later transaction, it follows", before);
        } else {
            reach(position.commitLsn(), "a transaction");
        }
        last = position;
        within = goesOn;
    }

    private void reach(Lsn place, String what) {
        if (reached.isAfter(place)) {
            throw broken(
                    what + " of " + place + " is behind " + reached + ", where the records were before; it follows",
                    last);
        }
        reached = place;
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
