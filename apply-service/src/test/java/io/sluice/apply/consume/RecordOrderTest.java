package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordOrderTest {

    private static final TableName TABLE = new TableName("public", "t");

    @Test
    void wholeTransactionsFollowEachOther() {
        assertThatCode(() -> check(
                        heartbeat(5),
                        change(10, 1),
                        change(10, 2),
                        end(10, 3),
                        heartbeat(15),
                        heartbeat(15),
                        change(20, 1),
                        end(20, 2)))
                .doesNotThrowAnyException();
        assertThatCode(() -> check(change(5, 1), end(5, 2))).doesNotThrowAnyException();
    }

    @Test
    void whatIsMissingRepeatedOrForeignIsNamed() {
        List<List<ChangeRecord>> broken = List.of(
                List.of(change(10, 2)),
                List.of(change(10, 1), change(10, 3)),
                List.of(change(10, 1), change(10, 1)),
                List.of(change(10, 1), change(20, 1)),
                List.of(change(10, 1), heartbeat(11)),
                List.of(change(10, 1), end(10, 2), change(10, 1)),
                List.of(change(20, 1), end(20, 2), change(10, 1)),
                List.of(end(20, 3)),
                // A heartbeat of a place where the source is not yet, or of long ago.
                List.of(heartbeat(30), change(20, 1)),
                List.of(heartbeat(30), heartbeat(29)),
                List.of(change(20, 1), end(20, 2), heartbeat(19)),
                // Of before what was applied already, or after what somebody made up.
                List.of(change(4, 1)),
                List.of(heartbeat(4)),
                List.of(heartbeat(30), heartbeat(20)));
        broken.forEach(records -> assertThatThrownBy(() -> check(records.toArray(ChangeRecord[]::new)))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHANGE_UNREADABLE)));
    }

    @Test
    void whatWasAppliedBeforeDoesNotComeAgain() {
        for (ChangeRecord record : List.of(change(20, 1), heartbeat(20))) {
            RecordOrder order = new RecordOrder(new Lsn(21));
            assertThatThrownBy(() -> order.check(record)).hasMessageContaining("is behind 0/15");
        }
        // The commit of one transaction may be written where that of another ends.
        assertThatCode(() -> new RecordOrder(new Lsn(21)).check(change(21, 1))).doesNotThrowAnyException();
    }

    private static void check(ChangeRecord... records) {
        RecordOrder order = new RecordOrder(new Lsn(5));
        for (ChangeRecord record : records) {
            order.check(record);
        }
    }

    private static ChangePosition at(long commit, long order) {
        return new ChangePosition(new Lsn(commit), 1, order);
    }

    private static Truncate change(long commit, long order) {
        return new Truncate(TABLE, at(commit, order), 0);
    }

    private static TransactionEnd end(long commit, long order) {
        return new TransactionEnd(at(commit, order), new Lsn(commit + 1), 0);
    }

    private static Heartbeat heartbeat(long lsn) {
        return new Heartbeat(at(lsn, 0), 0, 0);
    }
}
