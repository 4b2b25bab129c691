package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.ChangeChoice.TableError;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What somebody does by hand to a table of the target suspends that table and no other one, and it does not come back
 * without its rows.
 */
class SuspendedTargetIT extends JoinScenario {

    private static final ChangeChoice CHANGES = new ChangeChoice(
            List.of(ChangeChoice.Operation.INSERT, ChangeChoice.Operation.UPDATE, ChangeChoice.Operation.DELETE),
            Conflict.STOP,
            1,
            TableError.SUSPEND_TABLE);

    private static final StructureChoice NO_RELOAD =
            new StructureChoice(true, null, StructureChoice.ExistingTable.KEEP, StructureChoice.NameCase.SOURCE);

    private StructureChoice structure = StructureChoice.DEFAULT;
    private int rows;

    @Test
    void tablesThatAreAlteredUnderTheRunAreSuspendedAloneAndOnlyAReloadBringsThemBack() {
        start();
        write(20);
        awaitHeap(20);
        server.execute(
                targetName,
                "BEGIN; DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY, v text);"
                        + " ALTER TABLE heap ALTER v TYPE varchar(3) USING left(v, 3); COMMIT");
        awaitSuspended(ITEM, HEAP);
        assertThat(why(ITEM).code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(why(ITEM).detail())
                .contains("table public.item: it was dropped and made again", "reload [public.item]")
                .doesNotContain("heap");
        assertThat(why(HEAP).detail())
                .contains("table public.heap: column v is character varying(3) instead of text", "reload [public.heap]")
                .doesNotContain("item");
        write(10);
        change(item, Operation.INSERT, "2", "passed over");
        change(more, Operation.INSERT, "1", "goes on");
        awaitMore("1|goes on");
        assertThat(onTarget("SELECT count(*) FROM item")).isEqualTo("0");
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("20");

        // Nobody remembers it but the target; and what was cut does not come back when that is undone.
        stop();
        begin();
        awaitSuspended(ITEM, HEAP);
        server.execute(targetName, "ALTER TABLE heap ALTER v TYPE text");
        for (int i = 0; i < 2; i++) {
            ask("RETRY");
            awaitAnswered();
            assertThat(onTarget("SELECT string_agg(message, '; ' ORDER BY number) FROM _sluice.exception"))
                    .contains("table public.item: it was altered", "table public.heap: it was altered", "is undone");
        }
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("20");

        server.execute(
                sourceName,
                "INSERT INTO item VALUES (2, 'passed over')",
                "INSERT INTO heap SELECT 'h' || i FROM generate_series(1, 30) AS i");
        stop();
        run = run(with(
                CHANGES,
                order(2, List.of(ITEM, MORE, HEAP), 0, new LoadRequest(ITEM, 2, 0), new LoadRequest(HEAP, 2, 0))));
        awaitDone(ITEM, HEAP);
        write(5);
        change(item, Operation.UPDATE, "2", "as ever");
        awaitRows("item", "1|a", "2|as ever");
        awaitHeap(35);
        assertThat(onTarget("SELECT count(*) FROM _sluice.exception WHERE state = 'OPEN'"))
                .isEqualTo("0");
    }

    @Test
    void aTableThatIsGoneComesBackByARetryAndAnotherOneInItsPlaceDoesNot() {
        start();
        write(20);
        awaitHeap(20);
        server.execute(targetName, "ALTER TABLE heap RENAME TO moved");
        write(10);
        // The first answer of the target may be one of a moment: it is tried again.
        assertFails("heap");
        begin();
        awaitSuspended(HEAP);
        change(more, Operation.INSERT, "1", "goes on");
        awaitMore("1|goes on");

        server.execute(targetName, "CREATE TABLE heap (v text)");
        ask("RETRY");
        awaitAnswered();
        assertThat(onTarget("SELECT message FROM _sluice.exception"))
                .contains("table public.heap: it was dropped and made again");
        write(10);
        change(more, Operation.UPDATE, "1", "still");
        awaitMore("1|still");
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("0");

        server.execute(targetName, "DROP TABLE heap", "ALTER TABLE moved RENAME TO heap");
        ask("RETRY");
        awaitDone(HEAP);
        write(5);
        awaitHeap(45);
        assertThat(onTarget("SELECT string_agg(operation || ' ' || state, ', ') FROM _sluice.exception"))
                .isEqualTo("SUSPENSION RETRIED");
    }

    @Test
    void aTableThatIsMadeAgainWhileItComesBackIsSuspendedOnceMore() {
        start();
        server.execute(targetName, "ALTER TABLE heap RENAME TO moved");
        write(4_000);
        assertFails("heap");
        begin();
        awaitSuspended(HEAP);
        server.execute(
                targetName,
                "ALTER TABLE moved RENAME TO heap",
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " PERFORM pg_sleep(0.5); RETURN NULL; END $$",
                "CREATE TRIGGER slow AFTER INSERT ON heap FOR EACH STATEMENT EXECUTE FUNCTION slow()",
                "ALTER TABLE heap ENABLE ALWAYS TRIGGER slow");
        ask("RETRY");
        await().until(() -> alive() && onTarget("SELECT count(*) > 0 FROM heap").equals("t"));
        server.execute(targetName, "BEGIN; ALTER TABLE heap RENAME TO moved; CREATE TABLE heap (v text); COMMIT");
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            heartbeat();
            return alive()
                    && onTarget("SELECT step FROM _sluice.table_turn").equals("SUSPENDED")
                    && onTarget("SELECT message FROM _sluice.exception WHERE state = 'OPEN' AND wish IS NULL")
                            .contains("it was dropped and made again");
        });
        change(more, Operation.INSERT, "1", "goes on");
        awaitMore("1|goes on");
        server.execute(targetName, "DROP TABLE heap", "ALTER TABLE moved RENAME TO heap");
        ask("RETRY");
        awaitAnswered();
        assertThat(state(HEAP)).isEqualTo(TableState.SUSPENDED);
        assertThat(onTarget("SELECT message FROM _sluice.exception WHERE state = 'OPEN'"))
                .contains("may lack some of them");
    }

    @Test
    void whereTablesAreNotLoadedAgainOneThatWasBroughtInStepByHandIsTakenByARetry() {
        structure = NO_RELOAD;
        start();
        write(20);
        awaitHeap(20);
        server.execute(targetName, "BEGIN; DROP TABLE heap; CREATE TABLE heap (v text); COMMIT");
        awaitSuspended(HEAP);
        assertThat(why(HEAP).detail()).contains("bring the rows in step by hand and retry");
        write(10);
        server.execute(targetName, "INSERT INTO heap SELECT 'h' || i FROM generate_series(1, 20) AS i");
        ask("RETRY");
        awaitDone(HEAP);
        awaitHeap(30);
    }

    /** As where the target is the source of another replication. */
    @Test
    void aTableThatTheTargetCannotChangeIsSuspendedUntilItCan() {
        start();
        server.execute(
                targetName, "ALTER TABLE item REPLICA IDENTITY NOTHING", "CREATE PUBLICATION onwards FOR TABLE item");
        change(item, Operation.UPDATE, "1", "b");
        awaitSuspended(ITEM);
        assertThat(why(ITEM).detail()).contains("replica identity");
        change(more, Operation.INSERT, "1", "goes on");
        awaitMore("1|goes on");
        server.execute(targetName, "ALTER TABLE item REPLICA IDENTITY DEFAULT");
        ask("RETRY");
        awaitDone(ITEM);
        awaitItem("b");
    }

    /** In the midst of a run, or so that the next one cannot even read what the table is. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTableThatIsLockedIsWaitedForAndSuspendedOnlyOnceTheTimeForThatIsOver(boolean before) throws Exception {
        start();
        write(20);
        awaitHeap(20);
        server.execute(targetName, "ALTER TABLE heap ALTER v SET DEFAULT 'none'");
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SET application_name = 'by hand'");
            statement.execute("LOCK TABLE heap");
            if (before) {
                write(10);
                assertFails("by hand");
                assertThat(onTarget("SELECT count(*) FROM _sluice.table_turn")).isEqualTo("0");
                run = run(with(CHANGES, structure, order(1, List.of(ITEM, MORE, HEAP), 0)));
                run.context().giveUp();
            } else {
                run.context().giveUp();
                write(10);
            }
            awaitSuspended(HEAP);
            assertThat(why(HEAP).code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
            assertThat(why(HEAP).detail()).contains("by hand", "AccessExclusiveLock on public.heap", "Retry when");
            change(more, Operation.INSERT, "1", "goes on");
            awaitMore("1|goes on");
            // It is waited for, beside the stream.
            ask("RETRY");
            await().atMost(Duration.ofSeconds(20)).until(() -> alive() && state(HEAP) == TableState.FAILED);
            change(more, Operation.UPDATE, "1", "still");
            awaitMore("1|still");
        }
        awaitDone(HEAP);
        write(5);
        awaitHeap(35);
    }

    private void start() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        begin();
        awaitNoted("3");
    }

    private void begin() {
        run = run(with(CHANGES, structure, order(1, List.of(ITEM, MORE, HEAP), 0)));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> alive() && run.context().reached(Fact.Step.APPLYING));
    }

    private void write(int transactions) {
        for (int i = 0; i < transactions; i++) {
            topic.change(heap, Operation.INSERT, next(1), null, new String[] {"h" + ++rows});
            topic.end(at(2));
        }
        topic.flush();
    }

    private void awaitHeap(int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            heartbeat();
            return alive() && onTarget("SELECT count(*) FROM heap").equals(Integer.toString(count));
        });
        assertThat(onTarget("SELECT count(DISTINCT v) FROM heap WHERE v ~ '^h[0-9]+$'"))
                .isEqualTo(Integer.toString(count));
    }

    private void assertFails(String words) {
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        assertThatThrownBy(run.done()::join).hasMessageContaining(words);
    }

    private void awaitSuspended(TableName... tables) {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            heartbeat();
            return alive() && List.of(tables).stream().allMatch(table -> state(table) == TableState.SUSPENDED);
        });
        assertThat(onTarget("SELECT count(*) FROM _sluice.table_turn WHERE step = 'SUSPENDED'"))
                .isEqualTo(Integer.toString(tables.length));
    }

    private Fact.Suspension why(TableName table) {
        Fact.TableProgress last = last(table);
        assertThat(last).isNotNull();
        assertThat(last.suspension()).isNotNull();
        return last.suspension();
    }

    private void ask(String wish) {
        server.execute(targetName, "UPDATE _sluice.exception SET wish = '" + wish + "' WHERE state = 'OPEN'");
    }

    private void awaitAnswered() {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> alive()
                        && onTarget("SELECT count(*) FROM _sluice.exception WHERE state = 'OPEN' AND wish IS NOT NULL")
                                .equals("0")
                        && onTarget("SELECT count(*) FROM _sluice.table_turn WHERE step = 'RETURNING'")
                                .equals("0"));
    }

    private boolean alive() {
        if (run.done().isDone()) {
            run.done().join();
        }
        return true;
    }
}
