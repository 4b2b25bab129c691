package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.TableName;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Keys that the target looks at late, or not at all: where triggers are quiet ({@code replica}) PostgreSQL does not look
 * whether rows are in each other's way in a DEFERRABLE key.
 */
class DeferrableKeysIT extends RefusedChangesScenario {

    /** A role of the session, and a key of it. */
    @ParameterizedTest
    @CsvSource({
        "replica, UNIQUE (n) DEFERRABLE",
        "replica, EXCLUDE (n WITH =) DEFERRABLE INITIALLY DEFERRED",
        "origin, UNIQUE (n) DEFERRABLE",
        "origin, UNIQUE (n) DEFERRABLE INITIALLY DEFERRED",
        "origin, EXCLUDE (n WITH =) DEFERRABLE",
    })
    void aKeyIsLookedAtWhereASourceTransactionEnds(String role, String key) throws SQLException {
        TestingTarget target = target("ends_" + role + key.hashCode(), Conflict.OVERWRITE);
        target.execute("ALTER TABLE item ADD CONSTRAINT once " + key);
        TestingTarget.Write write = target.open(role);
        List<ChangeRecord> inserts = new ArrayList<>();
        List<ChangeRecord> shift = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            inserts.add(insert(i, Integer.toString(i)));
        }
        write(write, inserts);
        // As UPDATE item SET n = n + 1, in parts of one large transaction, one of them with a row that is refused.
        for (int i = 1; i <= 100; i++) {
            shift.add(update(Integer.toString(i), Integer.toString(i + 1)));
        }
        shift.add(50, insert(777, "-1"));
        write.writer().write(shift.subList(0, 40), false);
        write.writer().write(shift.subList(40, 101), false);
        write(write, List.of());
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 OPEN");
        assertThat(target.list("SELECT sum(n) - sum(id) FROM item")).containsExactly("100");

        // Two transactions in a run: the rows change places, another is refused; then one comes that is in the way.
        write(
                write,
                List.of(
                        in(2, update("1", "3")),
                        in(2, update("2", "2")),
                        in(2, insert(778, "-1")),
                        in(3, insert(901, "901")),
                        in(3, insert(902, "901")),
                        in(3, update("100", "102"))));
        String state = key.startsWith("UNIQUE") ? "23505" : "23P01";
        assertThat(exceptions(target))
                .containsExactly("1 INSERT 23514 OPEN", "2 INSERT 23514 OPEN", "3 INSERT " + state + " OPEN");
        assertThat(target.list("SELECT id || ':' || n FROM item WHERE id IN (1, 2, 100, 901, 902) ORDER BY id"))
                .containsExactly("1:3", "2:2", "100:102", "901:901");
        write(write, List.of(in(4, update("902", "5"))));
        assertThat(exceptions(target)).endsWith("4 UPDATE - OPEN");
        ask(target, write, 3, "RETRY");
        assertThat(exceptions(target)).endsWith("3 INSERT " + state + " OPEN", "4 UPDATE - OPEN");
        write(write, List.of(in(5, update("901", "900")), in(5, update("4", "1000"))));
        ask(target, write, 3, "RETRY");
        assertThat(exceptions(target)).endsWith("3 INSERT " + state + " RETRIED", "4 UPDATE - RETRIED");
        assertThat(target.list("SELECT count(*) - count(DISTINCT n) FROM item")).containsExactly("0");
        write.session().close();
    }

    @Test
    void whatAnEarlierTryHadRefusedHoldsNothingBack() throws SQLException {
        TestingTarget target = target("tries", Conflict.OVERWRITE);
        target.execute("ALTER TABLE item ADD UNIQUE (n) DEFERRABLE");
        TestingTarget.Write write = target.open();
        // The clash is seen at the end, and the transaction is written once more, with what was refused before it.
        write(write, List.of(in(2, insert(1, "-1")), in(2, insert(2, "7")), in(2, insert(3, "7"))));
        write(write, List.of(in(3, of(GATE, Operation.INSERT, null, row(ALL, "4", "4", null)))));
        assertThat(exceptions(target))
                .containsExactly("1 INSERT 23514 OPEN", "2 INSERT 23505 OPEN", "3 INSERT 23502 OPEN");
        ask(target, write, 1, "SKIP");
        ask(target, write, 2, "SKIP");
        RowChange byAllColumns =
                new RowChange(Operation.INSERT, ITEM, List.of(), at(), null, row(ALL, "5", "5", null), 0);
        write(write, List.of(in(4, byAllColumns)));
        assertThat(exceptions(target)).hasSize(3);
        assertThat(target.rows("item", "id")).containsExactlyInAnyOrder("2", "5");
        write.session().close();
    }

    /** Two of the source's tables may fill one: the rows of each are unique, those of both are not. */
    @ParameterizedTest
    @CsvSource({"replica", "origin"})
    void aRowThatAnotherTableHasWrittenStays(String role) throws SQLException {
        TestingTarget target = target("both_" + role, Conflict.OVERWRITE);
        target.execute("ALTER TABLE shared ADD UNIQUE (n, big) DEFERRABLE INITIALLY DEFERRED");
        TestingTarget.Write write = target.open(role);
        write(write, List.of(shared(2, ONE, "1", "7", "a"), shared(2, ONE, "2", "7", null)));
        write(write, List.of(shared(3, OTHER, "101", "7", "a"), shared(3, OTHER, "102", "7", null)));
        assertThat(exceptions(target)).containsExactly("1 INSERT 23505 OPEN");
        assertThat(target.rows("shared", "id")).containsExactlyInAnyOrder("1", "2", "102");
        write.session().close();
    }

    /** Which change of a transaction that is larger than memory it was cannot be said any more. */
    @ParameterizedTest
    @CsvSource({"replica", "origin"})
    void aRowOfAnEarlierPartStopsTheTask(String role) throws SQLException {
        TestingTarget target = target("part_" + role, Conflict.OVERWRITE);
        target.execute("ALTER TABLE item ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED");
        TestingTarget.Write write = target.open(role);
        write.writer().write(List.of(insert(1, "7"), insert(2, "7")), false);
        assertThatThrownBy(() -> write.writer().write(List.of(), true))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23505"));
        write.session().close();
    }

    /** PostgreSQL alters no table about which a trigger still has to look at something. */
    @ParameterizedTest
    @CsvSource({"replica", "origin"})
    void aTableCanBeAlteredInTheMidstOfATransaction(String role) throws SQLException {
        TestingTarget target = target("altered_" + role, Conflict.OVERWRITE);
        target.execute(
                "ALTER TABLE item ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED",
                "CREATE TABLE other (id int PRIMARY KEY, parent int REFERENCES item DEFERRABLE INITIALLY DEFERRED)");
        TestingTarget.Write write = target.open(role);
        write.writer().write(List.of(insert(1, "7"), insert(2, "8"), update("2", "9")), false);
        write.writer().lookAtConstraints();
        try (Statement statement = write.session().connection().createStatement()) {
            statement.execute("ALTER TABLE public.item ADD extra int");
        }
        write(write, List.of(insert(3, "9"), update("2", "10")));
        assertThat(target.rows("item", "id || ':' || n")).containsExactlyInAnyOrder("1:7", "2:10", "3:9");
        assertThat(exceptions(target)).isEmpty();
        write.session().close();
    }

    @ParameterizedTest
    @CsvSource({"replica", "origin"})
    void aTableCanBeEmptiedInTheMidstOfATransaction(String role) throws SQLException {
        TestingTarget target = target("emptied_" + role, Conflict.OVERWRITE);
        target.execute("ALTER TABLE item ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED");
        TestingTarget.Write write = target.open(role);
        write(write, List.of(insert(1, "7"), insert(2, "8")));
        write.writer().write(List.of(update("1", "8"), update("2", "7")), false);
        write(write, List.of(new Truncate(ITEM, at(), 0), insert(5, "5")));
        assertThat(target.rows("item", "id")).containsExactly("5");
        // In between the rows are in each other's way.
        write.writer().write(List.of(insert(6, "6"), update("5", "6")), false);
        write(write, List.of(update("6", "5"), new Truncate(ITEM, at(), 0), insert(7, "6")));
        assertThat(target.rows("item", "id")).containsExactly("7");
        assertThat(exceptions(target)).isEmpty();
        write.session().close();
    }

    private static RowChange in(long transaction, RowChange row) {
        return new RowChange(
                row.operation(),
                row.table(),
                row.key(),
                new ChangePosition(
                        new Lsn(transaction), transaction, row.position().order()),
                row.before(),
                row.after(),
                0);
    }

    private RowChange shared(long transaction, TableName table, String id, String n, String big) {
        return in(transaction, of(table, Operation.INSERT, null, row(ALL, id, n, big)));
    }
}
