package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.change.KnownColumns;
import io.sluice.apply.change.LeftOut;
import io.sluice.apply.consume.PendingChanges.Boundary;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PendingChangesTest {

    private static final TableName TABLE = new TableName("public", "t");
    private static final Columns COLUMNS = new Columns(List.of("id"));
    private static final ChosenChanges CHOSEN = new ChosenChanges(List.of(TABLE), ChangeChoice.DEFAULT.operations());

    private final PendingChanges pending =
            new PendingChanges(CHOSEN, Map.of(), new KnownColumns(Map.of(), false), new Boundary(0, Lsn.ZERO, 0, 0));

    @Test
    void onlyCompleteTransactionsMayBeCommitted() {
        pending.add(change(10, 1, 1), 0, 0);
        assertThat(pending.mayCommit()).isFalse();
        pending.add(end(10, 2), 1, 0);
        pending.add(change(20, 1, 2), 2, 0);
        assertThat(pending.mayCommit()).isTrue();
        assertThat(pending.complete()).hasSize(1);
        assertThat(pending.boundary().nextOffset()).isEqualTo(2);
        pending.written();
        assertThat(pending.mayCommit()).isFalse();
        assertThat(pending.all()).hasSize(1);
    }

    @Test
    void aTransactionWrittenInPartsIsCommittedAtItsEnd() {
        pending.add(change(10, 1, 1), 0, 0);
        pending.partWritten();
        assertThat(pending.mayCommit()).isFalse();
        pending.add(change(10, 2, 2), 1, 0);
        pending.add(end(10, 3), 2, 0);
        assertThat(pending.mayCommit()).isTrue();
        assertThat(pending.hasWork()).isTrue();
        assertThat(pending.complete()).hasSize(1);
    }

    @Test
    void aHeartbeatMovesThePositionWithoutWork() {
        pending.add(new Heartbeat(new ChangePosition(new Lsn(30), 0, 0), 77, 0), 5, 88);
        assertThat(pending.mayCommit()).isTrue();
        assertThat(pending.hasWork()).isFalse();
        assertThat(pending.boundary()).isEqualTo(new Boundary(6, new Lsn(30), 77, 88));
    }

    @Test
    void whatTheCopyHasSeenIsPassedOver() {
        SnapshotFence fence = SnapshotFence.parse("5:6:", new Lsn(100));
        PendingChanges fenced = new PendingChanges(
                CHOSEN, Map.of(TABLE, fence), new KnownColumns(Map.of(), false), new Boundary(0, Lsn.ZERO, 0, 0));
        fenced.add(change(10, 1, 4), 0, 0);
        assertThat(fenced.all()).isEmpty();
        fenced.add(change(11, 1, 6), 1, 0);
        assertThat(fenced.all()).hasSize(1);
    }

    @Test
    void aTableThatIsApartIsPassedOverUntilItIsTakenIn() {
        pending.passOver(Set.of(TABLE));
        pending.add(change(10, 1, 1), 0, 0);
        pending.add(end(10, 2), 1, 0);
        assertThat(pending.atBoundary(1)).isTrue();
        assertThat(pending.all()).isEmpty();
        pending.takeIn(Set.of(TABLE), Map.of(TABLE, SnapshotFence.parse("5:6:", new Lsn(100))));
        pending.add(change(20, 1, 4), 2, 0);
        assertThat(pending.atBoundary(2)).isFalse();
        assertThat(pending.all()).as("seen by the copy").isEmpty();
        pending.add(change(30, 1, 6), 3, 0);
        assertThat(pending.all()).hasSize(1);
    }

    @Test
    void whatIsDescribedOfATableThatIsTakenInIsJudgedByWhatIsLearntWhenItIsTakenOver() {
        KnownColumns known = new KnownColumns(Map.of(TABLE, List.of("1 id")), false);
        PendingChanges some = new PendingChanges(CHOSEN, Map.of(), known, new Boundary(0, Lsn.ZERO, 0, 0));
        some.passOver(Set.of(TABLE));
        some.takeIn(Set.of(TABLE), Map.of());
        some.add(described(10, 2), 0, 0);
        known.learn(Map.of(TABLE, List.of("2 id")));
        some.takenOver();
        assertThat(some.all()).hasSize(1);
        assertThat(known.news()).isEmpty();
        assertChanged(() -> some.add(described(20, 3), 1, 0));

        PendingChanges others = new PendingChanges(CHOSEN, Map.of(), known, new Boundary(0, Lsn.ZERO, 0, 0));
        others.takeIn(Set.of(TABLE), Map.of());
        others.add(described(20, 3), 0, 0);
        assertChanged(others::takenOver);
    }

    private static void assertChanged(ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED));
    }

    private static RowChange described(long commit, int number) {
        RowChange change = change(commit, 1, 1);
        return new RowChange(
                change.operation(),
                TABLE,
                change.key(),
                change.position(),
                null,
                change.after(),
                0,
                new Columns(List.of("id"), List.of(number)));
    }

    @Test
    void aCatchUpTakesItsTablesFromTheirPlaces() {
        TableName other = new TableName("public", "other");
        PendingChanges some = new PendingChanges(
                new ChosenChanges(List.of(TABLE, other), ChangeChoice.DEFAULT.operations()),
                Map.of(),
                new KnownColumns(Map.of(), false),
                new Boundary(0, Lsn.ZERO, 0, 0));
        some.onlyFrom(Map.of(TABLE, 5L, other, 0L));
        some.add(change(10, 1, 1), 4, 0);
        some.add(new Truncate(other, new ChangePosition(new Lsn(10), 1, 2), 0), 5, 0);
        some.add(change(10, 3, 1), 6, 0);
        assertThat(some.all()).hasSize(2);
        some.add(ddl("other"), 7, 0);
        some.add(ddl("elsewhere"), 8, 0);
        assertThat(some.all()).hasSize(3);
    }

    @Test
    void aCommandIsAboutTheTableByItsOldNameAndCanBeLeftOut() {
        TableName other = new TableName("public", "other");
        PendingChanges some = new PendingChanges(
                new ChosenChanges(List.of(TABLE, other), List.of(ChangeChoice.Operation.values())),
                Map.of(),
                new KnownColumns(Map.of(), true),
                new Boundary(0, Lsn.ZERO, 0, 0));
        some.passOver(Set.of(other));
        some.leaveOut(Set.of(
                new LeftOut(TABLE, new ChangePosition(new Lsn(10), 1, 4)),
                new LeftOut(TABLE, new ChangePosition(new Lsn(20), 1, 1))));
        some.add(renamed("other", "another"), 0, 0);
        some.add(renamed("t", "u"), 1, 0);
        some.add(change(20, 1, 1), 2, 0);
        assertThat(some.all()).isEmpty();
        some.add(change(20, 2, 1), 3, 0);
        some.add(renamed("u", "t"), 4, 0);
        assertThat(some.all()).hasSize(2);
    }

    private static Ddl renamed(String before, String after) {
        SourceTable old = new SourceTable("public", before, List.of(), List.of(), List.of(), 1L);
        SourceTable now = new SourceTable("public", after, List.of(), List.of(), List.of(), 1L);
        return new Ddl(
                new ChangePosition(new Lsn(10), 1, 4),
                0,
                "ALTER TABLE",
                "ALTER TABLE " + before + " RENAME TO " + after,
                List.of(new SourceObject("table", "public", after, false, old, now, null, List.of(), List.of())),
                null);
    }

    private static Ddl ddl(String table) {
        return new Ddl(
                new ChangePosition(new Lsn(10), 1, 4),
                0,
                "ALTER TABLE",
                "ALTER TABLE " + table,
                List.of(new SourceObject("table", "public", table, false, null, null, null, List.of(), List.of())),
                null);
    }

    @Test
    void operationsThatWereNotChosenAreLeftOut() {
        PendingChanges some = new PendingChanges(
                new ChosenChanges(List.of(TABLE), List.of(ChangeChoice.Operation.UPDATE)),
                Map.of(),
                new KnownColumns(Map.of(), false),
                new Boundary(0, Lsn.ZERO, 0, 0));
        some.add(change(10, 1, 1), 0, 0);
        some.add(new Truncate(TABLE, new ChangePosition(new Lsn(10), 1, 2), 0), 1, 0);
        assertThat(some.all()).isEmpty();
    }

    @Test
    void moreThanABoundedAmountAsksToBeWritten() {
        String megabyte = "x".repeat(1 << 20);
        int added = 0;
        while (!pending.full()) {
            pending.add(change(10, added, 1, megabyte), added++, 0);
        }
        assertThat(added).isBetween(2, 32);
    }

    private static RowChange change(long commit, long order, long xid) {
        return change(commit, order, xid, "1");
    }

    private static RowChange change(long commit, long order, long xid, String value) {
        Row row = new Row(COLUMNS, new @Nullable String[] {value});
        return new RowChange(
                Operation.INSERT, TABLE, List.of("id"), new ChangePosition(new Lsn(commit), xid, order), null, row, 0);
    }

    private static TransactionEnd end(long commit, long order) {
        return new TransactionEnd(new ChangePosition(new Lsn(commit), 1, order), new Lsn(commit + 5), 0);
    }
}
