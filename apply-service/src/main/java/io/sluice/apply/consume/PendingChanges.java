package io.sluice.apply.consume;

import io.sluice.apply.batch.UnfinishedBatch;
import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.change.KnownColumns;
import io.sluice.apply.change.LeftOut;
import io.sluice.apply.change.TableFailure;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
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

    private final ChosenChanges chosen;
    private final Map<TableName, SnapshotFence> fences;
    private final KnownColumns columns;

    /** From which record on the changes of a table count; of those that are not named all do. */
    private final Map<TableName, Long> from = new HashMap<>();

    /** Tables that are taken in, and not over: what their columns mean is not known yet. */
    private final Set<TableName> unknown = new HashSet<>();

    /** Changes that describe these. */
    private final List<RowChange> unseen = new ArrayList<>();

    private boolean onlyThese;

    private Set<LeftOut> leftOut = Set.of();

    /** What an earlier run has left is finished first, as one batch. */
    private @Nullable UnfinishedBatch unfinished;

    private boolean finished;

    private final List<ChangeRecord> changes = new ArrayList<>();
    private long weight;

    /** Changes from the front that belong to complete source transactions. */
    private int complete;

    private Boundary boundary;
    private boolean boundaryPassed;
    private boolean partWritten;
    private boolean structural;
    private long transactions;

    /** By how much the source's clock was ahead of ours in the last heartbeat. */
    private long sourceAhead;

    /**
     * Where the stream stood when everything before it was complete.
     *
     * @param nextOffset of the record after it
     * @param lsn up to here the source's transactions are complete
     * @param sourceMillis when the source wrote it, by Sluice's clock; 0 when nothing was read yet
     * @param topicMillis when it came into the topic; 0 likewise
     */
    record Boundary(long nextOffset, Lsn lsn, long sourceMillis, long topicMillis) {}

    /**
     * @param chosen the changes that count; others are passed over
     * @param fences of the copies of those tables
     * @param columns what they mean on the target
     */
    PendingChanges(ChosenChanges chosen, Map<TableName, SnapshotFence> fences, KnownColumns columns, Boundary start) {
        this.chosen = chosen;
        this.columns = columns;
        this.fences = new HashMap<>(fences);
        this.boundary = start;
    }

    /** The changes of these tables do not count, until {@link #takeIn} and {@link #takenOver}. */
    void passOver(Set<TableName> tables) {
        tables.forEach(table -> from.put(table, Long.MAX_VALUE));
    }

    /** From here on, the end of the last transaction that was read, the changes of these tables count. */
    void takeIn(Set<TableName> tables, Map<TableName, SnapshotFence> theirFences) {
        from.keySet().removeAll(tables);
        fences.putAll(theirFences);
        unknown.addAll(tables);
    }

    /**
     * What the columns of the tables that were taken in mean on the target is known from here on.
     *
     * @throws io.sluice.contracts.error.SluiceException as of {@link #add}, of what was added since
     */
    void takenOver() {
        unknown.clear();
        unseen.forEach(columns::see);
        unseen.clear();
    }

    /** Only what concerns these tables counts, and of each what comes from a record on. */
    void onlyFrom(Map<TableName, Long> offsets) {
        from.putAll(offsets);
        onlyThese = true;
    }

    /** These changes do not count. */
    void leaveOut(Set<LeftOut> some) {
        leftOut = Set.copyOf(some);
    }

    /** Up to its end only what is missing of this batch is taken, and there is no other boundary before. */
    void finish(UnfinishedBatch batch) {
        unfinished = batch;
    }

    /** It is not read to its end, or its end is not on the target. */
    boolean finishing() {
        return unfinished != null || finished;
    }

    /** @throws io.sluice.contracts.error.SluiceException as of {@link KnownColumns#see} */
    void add(ChangeRecord change, long offset, long topicMillis) {
        switch (change) {
            case RowChange row -> {
                if (row.described() != null && chosen.has(row.table()) && counts(row.table(), row, offset)) {
                    if (unknown.contains(row.table())) {
                        unseen.add(row);
                    } else {
                        columns.see(row);
                    }
                }
                if (wanted(row.table(), row, offset)) {
                    UnfinishedBatch rest = unfinished;
                    if (rest == null) {
                        take(row, weight(row.before()) + weight(row.after()));
                    } else {
                        rest.missing(row).forEach(part -> take(part, weight(part)));
                    }
                }
            }
            case Truncate truncate -> {
                if (wanted(truncate.table(), truncate, offset)) {
                    take(truncate, 0);
                }
            }
            case TooLarge large -> {
                if (wanted(large.table(), large, offset)) {
                    throw missing(large);
                }
            }
            case Ddl ddl -> {
                List<SourceObject> wanted = ddl.objects().stream()
                        .filter(object -> wanted(ddl, object, offset))
                        .map(object -> object.losesAttributes() && !copied(ddl) ? object.withoutEarlier() : object)
                        .toList();
                if (!wanted.isEmpty()) {
                    structural = true;
                    take(
                            new Ddl(
                                    ddl.position(),
                                    ddl.commitMillis(),
                                    ddl.tag(),
                                    ddl.statement(),
                                    wanted,
                                    ddl.error()),
                            ddl.statement().length());
                }
            }
            case TransactionEnd end -> {
                bounded(offset, end.endLsn(), end.commitMillis(), topicMillis);
                transactions++;
                dropPassedFences(end.position().commitLsn());
            }
            case Heartbeat heartbeat -> {
                sourceAhead = heartbeat.aheadMillis();
                bounded(offset, heartbeat.position().commitLsn(), heartbeat.sourceMillis(), topicMillis);
            }
        }
    }

    /** Too much is held: it must be written now, aligned or not. */
    boolean full() {
        return changes.size() >= MOST_CHANGES || weight >= MOST_CHARACTERS;
    }

    /** Enough is held for a batch in which more rows would not make each of them cheaper. */
    boolean large() {
        return changes.size() >= MOST_CHANGES / 2 || weight >= MOST_CHARACTERS / 2;
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

    /** The record was the end of a transaction, or a heartbeat: nothing of a transaction is read that has not ended. */
    boolean atBoundary(long offset) {
        return boundaryPassed && boundary.nextOffset() == offset + 1;
    }

    /**
     * A command of the source waits that changes the structure, and its transaction is complete: what comes after it may
     * need what it does committed.
     */
    boolean mustCommit() {
        return structural && boundaryPassed;
    }

    /** There is something to commit but a new position. */
    boolean hasWork() {
        return complete > 0 || partWritten || finished;
    }

    /** The target's transaction is open, and holds a part of a source transaction. */
    boolean partOpen() {
        return partWritten;
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
        finished = false;
        structural = changes.stream().anyMatch(Ddl.class::isInstance);
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
        if (unfinished != null && offset + 1 < unfinished.end()) {
            return;
        }
        if (unfinished != null) {
            unfinished = null;
            finished = true;
        }
        boundary = new Boundary(offset + 1, lsn, sourceMillis - sourceAhead, topicMillis);
        complete = changes.size();
        boundaryPassed = true;
    }

    private boolean wanted(TableName table, ChangeRecord change, long offset) {
        return chosen.holds(change) && counts(table, change, offset) && !isLeftOut(table, change);
    }

    private boolean isLeftOut(TableName table, ChangeRecord change) {
        return !leftOut.isEmpty() && leftOut.contains(new LeftOut(table, change.position()));
    }

    /** It comes after the copy of its table. */
    private boolean counts(TableName table, ChangeRecord change, long offset) {
        if (offset < from.getOrDefault(table, 0L)) {
            return false;
        }
        SnapshotFence fence = fences.get(table);
        return fence == null || !fence.hides(change.position());
    }

    /** The copy of a table was made from what it looked like by then. */
    private boolean wanted(Ddl ddl, SourceObject object, long offset) {
        TableName table = object.subject();
        if (isLeftOut(table, ddl)) {
            return false;
        }
        if (object.schema() == null) {
            return !onlyThese;
        }
        Long first = from.get(table);
        if (first == null ? onlyThese : offset < first) {
            return false;
        }
        SnapshotFence fence = fences.get(table);
        return fence == null || !fence.hides(ddl.position());
    }

    /** Every table is there as it was before this command; a copy that was made after it has the values of attributes that came later. */
    private boolean copied(Ddl ddl) {
        return !from.containsValue(Long.MAX_VALUE)
                && fences.values().stream().noneMatch(fence -> fence.hides(ddl.position()));
    }

    /**
     * @throws SluiceException {@code SCHEMA_CHANGED} when a table was copied after this change, with which it got another name:
     *     it may be another one that was copied under the old one
     */
    void requireOlder(TableName table, ChangeRecord change) {
        SnapshotFence fence = fences.get(table);
        if (change instanceof Ddl ddl && fence != null && fence.hides(ddl.position())) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + table
                            + " was copied when it was called differently at the source already, so another one may"
                            + " have been copied in its place. Resume the task with {\"reload\": [\"*\"]}.");
        }
    }

    private static TableFailure missing(TooLarge change) {
        TableName table = change.table();
        return TableFailure.ofChange(
                table,
                change,
                ErrorCode.RECORD_TOO_LARGE,
                "A change of table " + table + " (" + change.bytes() / 1_000_000
                        + " MB) is larger than the 16 MB that a record of the change topic can hold, so it is not there."
                        + " Load the table anew by a resume with {\"reload\": [\"" + table
                        + "\"]}, which takes rows of any size, or take it out of the task.",
                null);
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
