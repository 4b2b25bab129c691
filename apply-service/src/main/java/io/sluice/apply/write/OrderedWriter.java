package io.sluice.apply.write;

import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.write.DeferrableKeys.Clash;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes one change after the other. Where the source looks at a key at the end of a statement or transaction, it is looked
 * at when the source transaction has ended; a change whose row is in the way of one that was there before is refused. Not
 * thread-safe.
 */
final class OrderedWriter {

    /** A transaction is written so often, each time without further changes whose rows are in the way of others. */
    private static final int MOST_TRIES = 20;

    private final Connection connection;
    private final StepWriter steps;
    private final SingleChange single;
    private final DeferrableKeys keys;
    private final Exceptions exceptions;

    OrderedWriter(
            Connection connection, StepWriter steps, SingleChange single, DeferrableKeys keys, Exceptions exceptions) {
        this.connection = connection;
        this.steps = steps;
        this.single = single;
        this.keys = keys;
        this.exceptions = exceptions;
    }

    /**
     * @param whole the changes end where source transactions end
     * @throws SQLException of a row in the way that an earlier part of the transaction has written, too: it cannot be said
     *     which change that was
     */
    void write(List<ChangeRecord> run, boolean whole) throws SQLException {
        int from = 0;
        do {
            int to = from;
            while (to < run.size() && sameTransaction(run.get(from), run.get(to))) {
                to++;
            }
            writeTransaction(run.subList(from, to), whole || to < run.size());
            from = to;
        } while (from < run.size());
    }

    private static boolean sameTransaction(ChangeRecord one, ChangeRecord other) {
        return one.position().commitLsn().equals(other.position().commitLsn())
                && one.position().xid() == other.position().xid();
    }

    /** @param ended nothing more of the source transaction follows */
    private void writeTransaction(List<ChangeRecord> changes, boolean ended) throws SQLException {
        Map<ChangePosition, Refusal> inTheWay = new HashMap<>();
        Refusal last = null;
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Savepoint before = connection.setSavepoint();
            Exceptions.Mark mark = exceptions.mark();
            steps.execute(keys.later());
            List<ChangeRecord> written = writeEach(changes, inTheWay);
            List<Clash> clashes = keys.look(connection, ended);
            if (clashes.isEmpty()) {
                if (ended) {
                    steps.execute(keys.atOnce());
                }
                connection.releaseSavepoint(before);
                return;
            }
            last = clashes.getFirst().refusal();
            Map<ChangePosition, Refusal> found = inTheWay(written, clashes);
            if (found.isEmpty()) {
                break;
            }
            inTheWay.putAll(found);
            connection.rollback(before);
            connection.releaseSavepoint(before);
            exceptions.backTo(mark);
        }
        if (last != null) {
            throw new SQLException(last.words(), last.sqlState());
        }
    }

    /** Returns those that are written. */
    private List<ChangeRecord> writeEach(List<ChangeRecord> changes, Map<ChangePosition, Refusal> inTheWay)
            throws SQLException {
        List<ChangeRecord> written = new ArrayList<>();
        for (ChangeRecord change : changes) {
            if (exceptions.holdBack(connection, List.of(change)).isEmpty()) {
                continue;
            }
            Refusal known = inTheWay.get(change.position());
            Refusal refusal = known == null ? single.write(change) : known;
            if (refusal == null) {
                written.add(change);
            } else {
                exceptions.refuse(change, refusal.sqlState(), refusal.words());
            }
        }
        return written;
    }

    /** The last changes that wrote the values in question. */
    private Map<ChangePosition, Refusal> inTheWay(List<ChangeRecord> written, List<Clash> clashes) throws SQLException {
        Map<ChangePosition, Refusal> found = new HashMap<>();
        List<Clash> open = new ArrayList<>(clashes);
        for (ChangeRecord change : written.reversed()) {
            for (RowChange there : single.meaning(change)) {
                Row row = there.after();
                for (Clash clash : List.copyOf(open)) {
                    if (row != null && clash.isOf(there.table(), row)) {
                        found.put(change.position(), clash.refusal());
                        open.remove(clash);
                    }
                }
            }
        }
        return found;
    }
}
