package io.sluice.apply.consume;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes that were read and not yet written, cut at the ends of source transactions. A target transaction ends only
 * where a source transaction ended; one that is larger than memory allows is written in parts before that, within one
 * target transaction. Plain object; not thread-safe.
 */
final class PendingChanges {

    private static final int MOST_CHANGES = 20_000;
    private static final long MOST_CHARACTERS = 12_000_000;

    private final Set<TableName> tables;
    private final Map<TableName, SnapshotFence> fences;
    private final List<ChangeRecord> changes = new ArrayList<>();
    private long weight;

    /** Changes from the front that belong to complete source transactions. */
    private int complete;

    private Boundary boundary;
    private boolean boundaryPassed;
    private boolean partWritten;
    private long transactions;

    /**
     * Where the stream stood when everything before it was complete.
     *
     * @param nextOffset of the record after it
     * @param lsn up to here the source's transactions are complete
     * @param sourceMillis when the source wrote it; 0 when nothing was read yet
     * @param topicMillis when it came into the topic; 0 likewise
     */
    record Boundary(long nextOffset, Lsn lsn, long sourceMillis, long topicMillis) {}

    /**
     * @param tables the task's tables; changes to others are passed over
     * @param fences of the copies of those tables
     */
    PendingChanges(Set<TableName> tables, Map<TableName, SnapshotFence> fences, Boundary start) {
        this.tables = tables;
        this.fences = new HashMap<>(fences);
        this.boundary = start;
    }

    void add(ChangeRecord change, long offset, long topicMillis) {
        switch (change) {
            case RowChange row -> {
                if (wanted(row.table(), row)) {
                    take(row, weight(row.before()) + weight(row.after()));
                }
            }
            case Truncate truncate -> {
                if (wanted(truncate.table(), truncate)) {
                    take(truncate, 0);
                }
            }
            case TransactionEnd end -> {
                bounded(offset, end.endLsn(), end.commitMillis(), topicMillis);
                transactions++;
                dropPassedFences(end.position().commitLsn());
            }
            case Heartbeat heartbeat ->
                bounded(offset, heartbeat.position().commitLsn(), heartbeat.sourceMillis(), topicMillis);
        }
    }

    /** Too much is held: it must be written now, aligned or not. */
    boolean full() {
        return changes.size() >= MOST_CHANGES || weight >= MOST_CHARACTERS;
    }

    /** What was read up to the last complete source transaction; everything when that is where reading stands. */
    List<ChangeRecord> complete() {
        return changes.subList(0, complete);
    }

    /** Everything that was read, also of a source transaction whose end has not come yet. */
    List<ChangeRecord> all() {
        return changes;
    }

    /** The last end of a source transaction, or heartbeat, that was read. */
    Boundary boundary() {
        return boundary;
    }

    /** A boundary was passed since the last {@link #written}: the target's transaction may end there. */
    boolean mayCommit() {
        return boundaryPassed;
    }

    /** There is something to commit but a new position. */
    boolean hasWork() {
        return complete > 0 || partWritten;
    }

    /** Source transactions that ended since the last call of {@link #written}. */
    long transactions() {
        return transactions;
    }

    /** The complete transactions are on the target. */
    void written() {
        changes.subList(0, complete).clear();
        complete = 0;
        transactions = 0;
        boundaryPassed = false;
        partWritten = false;
        weight = changes.stream().mapToLong(PendingChanges::weight).sum();
    }

    /** Everything is written, but the target's transaction is still open: a source transaction has not ended yet. */
    void partWritten() {
        changes.clear();
        complete = 0;
        weight = 0;
        partWritten = true;
    }

    private void take(ChangeRecord change, long characters) {
        changes.add(change);
        weight += characters;
    }

    private void bounded(long offset, Lsn lsn, long sourceMillis, long topicMillis) {
        boundary = new Boundary(offset + 1, lsn, sourceMillis, topicMillis);
        complete = changes.size();
        boundaryPassed = true;
    }

    private boolean wanted(TableName table, ChangeRecord change) {
        if (!tables.contains(table)) {
            return false;
        }
        SnapshotFence fence = fences.get(table);
        return fence == null || !fence.hides(change.position());
    }

    private void dropPassedFences(Lsn commit) {
        if (!fences.isEmpty()) {
            Set<TableName> passed = new HashSet<>();
            fences.forEach((table, fence) -> {
                if (commit.isAfter(fence.until())) {
                    passed.add(table);
                }
            });
            fences.keySet().removeAll(passed);
        }
    }

    private static long weight(ChangeRecord change) {
        return change instanceof RowChange row ? weight(row.before()) + weight(row.after()) : 0;
    }

    private static long weight(@Nullable Row row) {
        return row == null ? 0 : row.weight();
    }
}
