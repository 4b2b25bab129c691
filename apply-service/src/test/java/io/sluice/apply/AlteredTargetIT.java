package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody does by hand to a table of the target while changes stream is named, and the way back works. */
class AlteredTargetIT extends JoinScenario {

    /** A statement fails, and the next run says why. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DROP TABLE item          | CREATE TABLE item (id int PRIMARY KEY, v text)
            ALTER TABLE item DROP v  | ALTER TABLE item ADD v text""")
    void aTableOrColumnThatIsGoneEndsInAReload(String command, String mend) {
        begin(ITEM);
        resume(ITEM);
        change(item, Operation.INSERT, "2", "b");
        awaitRows("item", "1|a", "2|b");
        server.execute(targetName, command);
        change(item, Operation.UPDATE, "1", "b");
        assertThat(failure().code()).isEqualTo(ErrorCode.DATABASE_ERROR);
        for (int i = 0; i < 2; i++) {
            resume(ITEM);
            SluiceException failure = failure();
            assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
            assertThat(failure).hasMessageContaining("public.item").hasMessageContaining("{\"reload\": [\"");
        }
        server.execute(targetName, mend);
        // Its rows, or values, are not back yet.
        resume(ITEM);
        assertThat(failure().code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        server.execute(sourceName, "INSERT INTO item VALUES (2)", "UPDATE item SET v = 'b'");
        reload(ITEM);
        change(item, Operation.INSERT, "3", "as ever");
        awaitRows("item", "1|b", "2|b", "3|as ever");
    }

    /** No statement fails: rows are gone, values go into the wrong column, or are cut. */
    @Test
    void whatNoStatementFailsOnIsNamedAllTheSame() {
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'm')", "INSERT INTO heap VALUES ('a long one')");
        begin(ITEM, MORE, HEAP);
        resume(ITEM, MORE, HEAP);
        awaitNoted("3");
        server.execute(
                targetName,
                "BEGIN; DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY, v text);"
                        + " ALTER TABLE more RENAME v TO w; ALTER TABLE more ADD v words;"
                        + " ALTER TABLE heap ALTER v TYPE varchar(5) USING left(v, 5); COMMIT");
        for (int i = 0; i < 2; i++) {
            SluiceException failure = failure();
            assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
            assertThat(failure)
                    .hasMessageContaining("table public.item: it was dropped and made again")
                    .hasMessageContaining("table public.more: column v is another one")
                    .hasMessageContaining("table public.heap: column v is character varying(5) instead of text")
                    .hasMessageContaining("{\"reload\": [\"public.heap\", \"public.item\", \"public.more\"]}");
            // Also by the next run, whatever comes.
            change(item, Operation.INSERT, Integer.toString(2 + i), "too late");
            resume(ITEM, MORE, HEAP);
        }
        server.execute(targetName, "ALTER TABLE more DROP w", "ALTER TABLE heap ALTER v TYPE text");
        server.execute(sourceName, "INSERT INTO item VALUES (2, 'too late'), (3, 'too late')");
        assertThat(failure().code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        reload(ITEM, MORE, HEAP);
        change(item, Operation.UPDATE, "1", "as ever");
        change(heap, Operation.INSERT, "another long one");
        awaitRows("item", "1|as ever", "2|too late", "3|too late");
        awaitRows("more", "1|m");
        await().until(() ->
                onTarget("SELECT string_agg(v, ',' ORDER BY v) FROM heap").equals("a long one,another long one"));
    }

    /** Nothing was written since, so it goes on where it was once that is undone. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ALTER TABLE item RENAME v TO w             | ALTER TABLE item RENAME w TO v
            ALTER TABLE item RENAME TO moved           | ALTER TABLE moved RENAME TO item
            ALTER TABLE item ADD extra int             | ALTER TABLE item DROP extra""")
    void whatCostsNothingIsUndone(String command, String undo) {
        begin(ITEM);
        server.execute(targetName, command);
        resume(ITEM);
        change(item, Operation.INSERT, "2", "b");
        assertThat(failure().code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        server.execute(targetName, undo);
        resume(ITEM);
        change(item, Operation.UPDATE, "2", "c");
        awaitRows("item", "1|a", "2|c");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ALTER TABLE item ALTER v SET NOT NULL             | ALTER TABLE item ALTER v DROP NOT NULL
            ALTER TABLE item ADD CHECK (v IS NOT NULL)        | ALTER TABLE item DROP CONSTRAINT item_v_check""")
    void aRowThatIsRefusedFromThenOnWaitsInTheExceptions(String command, String undo) {
        begin(ITEM);
        resume(ITEM);
        change(item, Operation.INSERT, "2", "b");
        awaitRows("item", "1|a", "2|b");
        server.execute(targetName, command);
        change(item, Operation.INSERT, "3", null);
        change(item, Operation.INSERT, "4", "d");
        awaitRows("item", "1|a", "2|b", "4|d");
        assertThat(onTarget("SELECT sql_state LIKE '23%' FROM _sluice.exception WHERE state = 'OPEN'"))
                .isEqualTo("t");
        server.execute(targetName, undo, "UPDATE _sluice.exception SET wish = 'RETRY'");
        await().until(() -> onTarget("SELECT count(*) FROM item WHERE id = 3").equals("1"));
    }

    /** What was done to make room for the source's values, or is none of the stream's business, stops nothing. */
    @Test
    void whatDoesNoHarmGoesOnUnderTheRunAndTheNext() {
        begin(ITEM);
        server.execute(targetName, "ALTER TABLE item ALTER id TYPE bigint, ALTER v SET DEFAULT 'x'");
        resume(ITEM);
        change(item, Operation.INSERT, "2", "b");
        awaitRows("item", "1|a", "2|b");
        server.execute(targetName, "ALTER TABLE item ALTER id TYPE numeric", "CREATE INDEX ON item (v)");
        // Beyond the next look.
        await().atMost(Duration.ofSeconds(20))
                .until(() -> onTarget("SELECT columns::text LIKE '%numeric%' FROM _sluice.target_table")
                        .equals("t"));
        change(item, Operation.INSERT, "3", "c");
        awaitRows("item", "1|a", "2|b", "3|c");
        assertThat(run.done()).isNotDone();
    }

    /** As after pg_dump and pg_restore of the whole target, with the notes: there nothing has the OID it had. */
    @Test
    void aTargetThatWasRestoredAsAWholeGoesOn() {
        begin(ITEM);
        server.execute(targetName, "UPDATE _sluice.target_table SET oid = oid - 1, notes_oid = notes_oid - 1");
        resume(ITEM);
        change(item, Operation.INSERT, "2", "b");
        awaitRows("item", "1|a", "2|b");
    }

    /** Also when it is held before the run begins, on a table whose definition cannot be read then. */
    @Test
    void aTableThatIsLockedByHandIsWaitedFor() throws Exception {
        begin(ITEM);
        server.execute(targetName, "ALTER TABLE item ALTER v SET DEFAULT 'none'");
        change(item, Operation.INSERT, "2", "b");
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SET application_name = 'by hand'");
            statement.execute("LOCK TABLE item");
            resume(ITEM);
            SluiceException failure = failure();
            assertThat(failure.code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
            assertThat(failure).hasMessageContaining("by hand").hasMessageContaining("item");
            change(item, Operation.UPDATE, "2", "c");
        }
        resume(ITEM);
        awaitRows("item", "1|a", "2|c");
    }

    private void resume(TableName... tables) {
        run = run(order(1, List.of(tables), 0));
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        run.context().reached(Fact.Step.APPLYING) || run.done().isDone());
    }

    private void reload(TableName... tables) {
        LoadRequest[] loads = new LoadRequest[tables.length];
        Arrays.setAll(loads, i -> new LoadRequest(tables[i], 2, 0));
        run = run(order(2, List.of(tables), 0, loads));
        awaitDone(tables);
    }

    private SluiceException failure() {
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        return (SluiceException) catchThrowable(run.done()::join).getCause();
    }
}
