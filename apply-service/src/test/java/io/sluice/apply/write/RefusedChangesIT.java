package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.exception.Exceptions;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What becomes of changes that a real target refuses. */
class RefusedChangesIT extends RefusedChangesScenario {

    @Test
    void aRefusedRowWaitsWithItsLaterChangesAndTheOthersGoOn(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            changes.add(insert(i, i == 77 ? "-1" : Integer.toString(i)));
        }
        changes.add(update("78", "6"));
        write(write, changes);
        write(write, List.of(update("77", "5")));
        assertThat(target.rows("item", "id")).hasSize(299).doesNotContain("77");
        assertThat(target.list("SELECT n FROM item WHERE id = 78")).containsExactly("6");
        write(write, List.of(update("77", "7"), move("77", "900", "8"), update("900", "9")));
        assertThat(exceptions(target))
                .containsExactly(
                        "1 INSERT 23514 OPEN",
                        "2 UPDATE - OPEN",
                        "3 UPDATE - OPEN",
                        "4 UPDATE - OPEN",
                        "5 UPDATE - OPEN");
        assertThat(target.list("SELECT after ->> 'n' || (after ? 'big')::text FROM _sluice.exception WHERE number = 1"))
                .containsExactly("-1true");
        write.session().close();

        // A new run knows them; what waits cannot overtake, and is refused for the same reason.
        write = target.open();
        write(write, List.of(update("900", "10")));
        ask(target, write, 2, "RETRY");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target)).contains("1 INSERT 23514 OPEN", "2 UPDATE - OPEN", "6 UPDATE - OPEN");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE number = 2"))
                .first()
                .asString()
                .contains("Exception 1");
        target.execute("ALTER TABLE item DROP CONSTRAINT positive");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target)).allMatch(line -> line.endsWith("RETRIED"));
        assertThat(target.list("SELECT id || ':' || n FROM item WHERE id IN (77, 900)"))
                .containsExactly("900:10");
        write(write, List.of(update("900", "11")));
        assertThat(target.list("SELECT n FROM item WHERE id = 900")).containsExactly("11");
        write.session().close();
    }

    /** What a run comes to is what counts. */
    @Test
    void aRowThatIsMendedWithinARunIsNotRefused(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), update("1", "5")));
        assertThat(exceptions(target)).isEmpty();
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("1:5");
        write.session().close();
    }

    @Test
    void aSkippedChangeLetsTheNextOnesOfItsRowThrough(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1")));
        write(write, List.of(update("1", "5")));
        ask(target, write, 1, "SKIP");
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 SKIPPED", "2 UPDATE - RETRIED");
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("1:5");
        write(write, List.of(insert(2, "-1")));
        write(write, List.of(new Truncate(ITEM, at(), 0), insert(2, "3")));
        assertThat(exceptions(target)).contains("3 INSERT 23514 SKIPPED");
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("2:3");
        write.session().close();
    }

    @Test
    void aRetryThatTheTaskCannotWriteIsAnsweredAndEndsNothing(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.STOP);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), insert(2, "-1")));
        write(write, List.of(update("2", "2")));
        target.execute("ALTER TABLE item DROP CONSTRAINT positive", "INSERT INTO item VALUES (1, 1)");
        target.execute("UPDATE _sluice.exception SET wish = 'RETRY' WHERE number = 2");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target))
                .containsExactly("1 INSERT 23514 OPEN", "2 INSERT 23514 RETRIED", "3 UPDATE - RETRIED");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE number = 1 AND wish IS NULL"))
                .singleElement()
                .asString()
                .startsWith("ROW_CONFLICT: ");
        write(write, List.of(insert(3, "3")));
        assertThat(target.list("SELECT id || ':' || n FROM item ORDER BY id")).containsExactly("1:1", "2:2", "3:3");
        write.session().close();
    }

    @Test
    void anEarlierChangeDoesNotWaitBehindALaterOne(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(2, "-1")));
        // Row 2, which waits, becomes row 1; because of row 3 the run is halved.
        write(write, List.of(insert(1, "5"), insert(3, "-1"), move("2", "1", "6")));
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("1:5");
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 OPEN", "2 INSERT 23514 OPEN", "3 UPDATE - OPEN");
        // Nor does another table that is emptied give the later one the smaller number.
        write(write, List.of(insert(4, "-1"), move("2", "4", "6"), new Truncate(BAG, at(), 0)));
        assertThat(exceptions(target)).endsWith("4 INSERT 23514 OPEN", "5 UPDATE - OPEN");
        write.session().close();
    }

    /** Of a key with another name, or that was made or dropped meanwhile, it cannot be told whether the row is the same. */
    @Test
    void aChangeThatTellsRowsApartByOtherColumnsWaits(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute("ALTER TABLE bag ADD COLUMN big text, ADD CHECK (v <> 'refused')");
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), insert(2, "2"), bag("refused"), bag("free")));
        write(write, List.of(delete("number", "2"), delete("id", "2"), keyedBag("refused"), keyedBag("free")));
        assertThat(exceptions(target))
                .containsExactly(
                        "1 INSERT 23514 OPEN",
                        "2 INSERT 23514 OPEN",
                        "3 DELETE - OPEN",
                        "4 DELETE - OPEN",
                        "5 DELETE - OPEN",
                        "6 DELETE - OPEN");
        write.session().close();

        // So they do for a later run, until the first one is out of their way.
        write = target.open();
        write(write, List.of(delete("number", "7"), keyedBag("7")));
        assertThat(exceptions(target)).endsWith("7 DELETE - OPEN", "8 DELETE - OPEN");
        ask(target, write, 4, "RETRY");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE number = 4"))
                .first()
                .asString()
                .contains("Exception 3");
        ask(target, write, 2, "SKIP");
        assertThat(exceptions(target)).contains("5 DELETE - RETRIED", "6 DELETE - RETRIED", "8 DELETE - RETRIED");
        assertThat(target.rows("bag", "v")).isEmpty();
        // The target does not have the other name: that is the answer, and nothing ends with it.
        ask(target, write, 1, "SKIP");
        assertThat(exceptions(target)).contains("3 DELETE 0A000 OPEN", "4 DELETE - OPEN");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE number = 3"))
                .first()
                .asString()
                .startsWith("SCHEMA_CHANGED: ")
                .contains("number");
        write(write, List.of(insert(9, "9")));
        ask(target, write, 3, "SKIP");
        ask(target, write, 7, "SKIP");
        assertThat(target.list("SELECT id FROM item ORDER BY id")).containsExactly("9");
        write.session().close();
    }

    /** As DDL tells it. */
    @Test
    void anExceptionKeepsItsRowWhenAColumnGetsAnotherName(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), insert(2, "2")));
        write(write, List.of(update("1", "5")));
        target.execute("ALTER TABLE item RENAME COLUMN id TO number");
        write.exceptions().renamed(write.session().connection(), ITEM, Map.of("id", "number"));
        write.session().connection().commit();
        write.exceptions().renamed(write.session().connection(), BAG, Map.of("n", "m"));
        write(write, List.of(delete("number", "1")));
        write.session().close();
        write = target.open();
        write(write, List.of(delete("number", "2")));
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 OPEN", "2 UPDATE - OPEN", "3 DELETE - OPEN");
        assertThat(target.rows("item", "number")).isEmpty();
        target.execute("ALTER TABLE item DROP CONSTRAINT positive, ADD CHECK (n < 4)");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target))
                .containsExactly("1 INSERT 23514 RETRIED", "2 UPDATE 23514 OPEN", "3 DELETE - OPEN");
        ask(target, write, 2, "SKIP");
        assertThat(exceptions(target)).contains("3 DELETE - RETRIED");
        write.session().close();
    }

    /** Large values that did not change are not sent again, though they are a part of what the row looks like. */
    @Test
    void aRowWithoutAKeyIsKnownAgainByValuesThatWereNotSent(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute("ALTER TABLE bag ADD COLUMN big text, ADD CHECK (v <> 'refused')");
        Columns both = new Columns(List.of("v", "big"));
        Columns sent = new Columns(List.of("v"));
        TestingTarget.Write write = target.open();
        write(write, List.of(keyless(Operation.INSERT, null, row(both, "a", "large"))));
        write(write, List.of(keyless(Operation.UPDATE, row(both, "a", "large"), row(sent, "refused"))));
        write(write, List.of(keyless(Operation.UPDATE, row(both, "refused", "large"), row(sent, "c"))));
        assertThat(exceptions(target)).containsExactly("1 UPDATE 23514 OPEN", "2 UPDATE - OPEN");
        assertThat(target.rows("bag", "v || big")).containsExactly("alarge");
        target.execute("ALTER TABLE bag DROP CONSTRAINT bag_v_check");
        ask(target, write, 1, "RETRY");
        assertThat(target.rows("bag", "v || big")).containsExactly("clarge");
        write.session().close();
    }

    /** An error of the statement would be met again by every later run, which then could not do anything else. */
    @Test
    void anyErrorOfARetryIsItsAnswer(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), insert(2, "-1")));
        target.execute("ALTER TABLE item RENAME COLUMN n TO m");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target)).contains("1 INSERT 42703 OPEN");
        ask(target, write, 2, "SKIP");
        assertThat(exceptions(target)).contains("2 INSERT 23514 SKIPPED");
        write.session().close();
    }

    private RowChange delete(String key, String value) {
        return new RowChange(
                Operation.DELETE, ITEM, List.of(key), at(), row(new Columns(List.of(key)), value), null, 0);
    }

    private RowChange bag(String value) {
        return keyless(Operation.INSERT, null, row(new Columns(List.of("v", "big")), value, null));
    }

    private RowChange keyless(Operation operation, @Nullable Row before, @Nullable Row after) {
        return new RowChange(operation, BAG, List.of(), at(), before, after, 0);
    }

    private RowChange keyedBag(String value) {
        return new RowChange(Operation.DELETE, BAG, List.of("v"), at(), row(new Columns(List.of("v")), value), null, 0);
    }

    @Test
    void tooManyRefusedRowsStopTheTask(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 0; i <= Exceptions.MOST_OPEN; i++) {
            changes.add(insert(i, "-1"));
        }
        assertThatThrownBy(() -> write(write, changes))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_EXCEPTIONS))
                .hasMessageContaining("23514")
                .hasMessageContaining("public.item");
        write.session().close();
        assertThat(exceptions(target)).isEmpty();
    }

    private RowChange move(String id, String to, String n) {
        return of(ITEM, Operation.UPDATE, row(KEY, id), row(ALL, to, n, null));
    }
}
