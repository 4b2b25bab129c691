package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.ChangeChoice.TableError;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TaskOrder;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables that an error stops, and no others. In the table without a key a change that is lost or applied twice shows, and
 * with the conflict STOP in the other one.
 */
class SuspendedTableIT extends JoinScenario {

    private ChangeEncoder.@Nullable Table wideHeap;
    private int rows;
    private int items = 1;

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aCommandThatIsNotCarriedOverSuspendsItsTableAndARetryBringsItBack(int lanes) {
        ChangeChoice changes = changes(lanes, TableError.SUSPEND_TABLE, Conflict.STOP);
        start(changes);
        write(narrowHeap(), 300);
        refusedCommand(false);
        write(wideHeap(), 700);
        awaitSuspended();
        awaitItems();
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("300");
        Fact.Suspension why = last(HEAP).suspension();
        assertThat(why).isNotNull();
        assertThat(why.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(why.statement()).isEqualTo(TestingCommands.REFUSED);
        assertThat(why.detail()).contains("new column w");

        // Nobody remembers it but the target.
        stop();
        run = run(with(changes));
        write(wideHeap(), 300);
        awaitItems();
        awaitSuspended();

        ask("RETRY");
        await().until(() -> onTarget("SELECT wish IS NULL FROM _sluice.exception WHERE state = 'OPEN'")
                .equals("t"));
        write(wideHeap(), 10);
        awaitItems();
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("300");

        server.execute(targetName, "ALTER TABLE heap ADD COLUMN w float, ALTER v TYPE varchar(9)");
        ask("RETRY");
        awaitBack("RETRIED");
        write(wideHeap(), 500);
        awaitItems();
        awaitHeap();
    }

    @Test
    void aCommandIsLeftOutByASkipHoweverOftenTheRunDiesMeanwhile() {
        ChangeChoice changes = changes(1, TableError.SUSPEND_TABLE, Conflict.STOP);
        start(changes);
        write(narrowHeap(), 30);
        refusedCommand(true);
        write(narrowHeap(), 4_000);
        awaitSuspended();
        awaitItems();
        // So that the catch-up takes its time.
        server.execute(
                targetName,
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " PERFORM pg_sleep(0.3); RETURN NULL; END $$",
                "CREATE TRIGGER slow AFTER INSERT ON heap FOR EACH STATEMENT EXECUTE FUNCTION slow()",
                "ALTER TABLE heap ENABLE ALWAYS TRIGGER slow");
        ask("SKIP");
        for (int kill = 1; kill <= 3; kill++) {
            await().until(() -> onTarget("SELECT string_agg(step, '') FROM _sluice.table_turn")
                    .equals("RETURNING"));
            stop();
            run = run(with(changes));
            write(narrowHeap(), 50);
        }
        awaitBack("SKIPPED");
        write(narrowHeap(), 20);
        awaitItems();
        awaitHeap();
    }

    @Test
    void aCommandThatWaitsForAReaderOfItsTableIsTriedAgain() throws Exception {
        ChangeChoice changes = changes(1, TableError.SUSPEND_TABLE, Conflict.STOP);
        start(changes);
        write(narrowHeap(), 10);
        awaitHeap();
        try (Connection reader = server.connect(targetName);
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("TABLE heap");
            topic.ddl(next(1), TestingCommands.carriedOver());
            topic.end(at(2));
            write(wideHeap(), 10);
            assertFails("AccessShareLock on public.heap");
        }
        assertThat(onTarget("SELECT count(*) FROM _sluice.exception")).isEqualTo("0");
        run = run(with(changes));
        awaitItems();
        awaitHeap();
    }

    @Test
    void theTaskStopsOnACommandAndGoesOnBehindItOrWithIt() {
        ChangeChoice changes = changes(1, TableError.STOP_TASK, Conflict.STOP);
        start(changes);
        write(narrowHeap(), 10);
        refusedCommand(false);
        write(narrowHeap(), 10);
        assertFails("skip exception 1 and resume", TestingCommands.REFUSED);
        // Once more, and it is the same one.
        run = run(with(changes));
        assertFails("skip exception 1 and resume", TestingCommands.REFUSED);
        ask("SKIP");
        run = run(with(changes));
        awaitItems();
        awaitHeap();
        assertThat(states()).isEqualTo("1 DDL SKIPPED");

        refusedCommand(false);
        write(wideHeap(), 10);
        assertFails("skip exception 2 and resume", TestingCommands.REFUSED);
        server.execute(targetName, "ALTER TABLE heap ADD COLUMN w float");
        run = run(with(changes));
        awaitItems();
        awaitHeap();
        await().until(() -> states().equals("1 DDL SKIPPED, 2 DDL RETRIED"));
    }

    @Test
    void aTableThatIsGoneOnTheTargetIsSuspendedAndAReloadEndsIt() throws Exception {
        ChangeChoice changes = changes(1, TableError.SUSPEND_TABLE, Conflict.OVERWRITE);
        start(changes);
        write(narrowHeap(), 10);
        awaitItems();
        awaitHeap();
        server.execute(targetName, "DROP TABLE heap");
        write(narrowHeap(), 10);
        // The first answer of the target may be one of a moment: it is tried again.
        assertThatThrownBy(run.done()::join).hasMessageContaining("heap");
        run = run(with(changes));
        awaitSuspended();
        awaitItems();
        topic.deleteRecordsBefore(topic.records());
        ask("RETRY");
        await().until(() -> onTarget("SELECT code FROM _sluice.exception WHERE state = 'OPEN' AND wish IS NULL")
                .equals("CHANGES_EXPIRED"));
        ask("SKIP");
        await().until(() -> onTarget("SELECT message FROM _sluice.exception WHERE state = 'OPEN'")
                .contains("no single change that could be left out"));
        stop();
        server.execute(sourceName, "TRUNCATE heap", "INSERT INTO heap SELECT 'anew'");
        server.execute(targetName, "CREATE TABLE heap (v text)");
        run = run(TestingOrders.with(order(2, List.of(ITEM, HEAP), 0, new LoadRequest(HEAP, 2, 0)), changes));
        awaitDone(HEAP);
        assertThat(onTarget("SELECT string_agg(v, ' ') FROM heap")).isEqualTo("anew");
        assertThat(states()).isEqualTo("1 SUSPENSION RETRIED, 2 SUSPENSION SKIPPED");
    }

    @Test
    void aConflictIsLeftOutAndARowOfASuspendedTableIsRetried() {
        ChangeChoice changes = changes(3, TableError.SUSPEND_TABLE, Conflict.STOP);
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'there')");
        begin(changes, order(1, List.of(ITEM, MORE), 0));
        server.execute(targetName, "ALTER TABLE more ADD CONSTRAINT short CHECK (length(v) < 9)");
        change(more, Operation.INSERT, "2", "far too long");
        await().until(() -> onTarget("SELECT count(*) FROM _sluice.exception").equals("1"));
        change(more, Operation.INSERT, "1", "again");
        change(more, Operation.INSERT, "3", "after");
        change(item, Operation.UPDATE, "1", "beside");
        awaitItem("beside");
        await().until(() -> state(MORE) == TableState.SUSPENDED);
        assertThat(last(MORE).suspension().code()).isEqualTo(ErrorCode.ROW_CONFLICT);
        server.execute(targetName, "ALTER TABLE more DROP CONSTRAINT short");
        server.execute(targetName, "UPDATE _sluice.exception SET wish = 'RETRY' WHERE number = 1");
        awaitMore("1|there", "2|far too long");
        server.execute(targetName, "UPDATE _sluice.exception SET wish = 'SKIP' WHERE number = 2");
        awaitDone(MORE);
        awaitMore("1|there", "2|far too long", "3|after");
        assertThat(states()).isEqualTo("1 INSERT RETRIED, 2 SUSPENSION SKIPPED");

        // Once more, and it goes on from where it is then.
        change(more, Operation.INSERT, "3", "again");
        change(more, Operation.INSERT, "4", "passed over");
        await().until(() -> state(MORE) == TableState.SUSPENDED);
        change(item, Operation.UPDATE, "1", "beside it");
        awaitItem("beside it");
        server.execute(targetName, "UPDATE _sluice.exception SET wish = 'SKIP' WHERE number = 3");
        awaitDone(MORE);
        awaitMore("1|there", "2|far too long", "3|after", "4|passed over");
        assertThat(states()).isEqualTo("1 INSERT RETRIED, 2 SUSPENSION SKIPPED, 3 SUSPENSION SKIPPED");
    }

    @Test
    void oneOfTwoTablesOfACommandFailsAgainAndTheOtherGoesOn() {
        ChangeChoice changes = changes(1, TableError.SUSPEND_TABLE, Conflict.STOP);
        begin(changes, order(1, List.of(ITEM, MORE, HEAP), 0));
        topic.ddl(next(1), TestingCommands.refused("heap", "more"));
        topic.change(heap, Operation.INSERT, at(2), null, new String[] {"h" + ++rows});
        ChangeEncoder.Table wider = topic.encoder()
                .table(
                        MORE,
                        List.of(
                                new Column("id", JsonType.INTEGER, true),
                                new Column("v", JsonType.TEXT, false),
                                new Column("w", JsonType.TEXT, false)));
        topic.change(wider, Operation.INSERT, at(3), null, new String[] {"5", "m", "1"});
        topic.change(item, Operation.INSERT, at(4), null, new String[] {Integer.toString(++items), "i"});
        topic.end(at(5));
        topic.flush();
        awaitItems();
        awaitSuspended();
        await().until(() -> states().equals("1 DDL OPEN, 2 DDL OPEN"));
        assertThat(onTarget("SELECT count(DISTINCT next_offset) || step FROM _sluice.table_turn GROUP BY step"))
                .isEqualTo("1SUSPENDED");
        server.execute(targetName, "ALTER TABLE more ADD COLUMN w float");
        ask("RETRY");
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            heartbeat();
            return alive() && state(MORE) == TableState.DONE && state(HEAP) == TableState.SUSPENDED;
        });
        assertThat(states()).isEqualTo("1 DDL OPEN, 2 DDL RETRIED");
        assertThat(onTarget("SELECT v FROM more")).isEqualTo("m");
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("0");
        ask("SKIP");
        awaitDone(HEAP);
        awaitHeap();
    }

    private void start(ChangeChoice changes) {
        server.execute(sourceName, "INSERT INTO item VALUES (0, 'a')");
        begin(changes, order(1, List.of(ITEM, HEAP), 0));
    }

    private void begin(ChangeChoice changes, TaskOrder order) {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        run = run(TestingOrders.with(order, changes));
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
    }

    private static ChangeChoice changes(int lanes, TableError error, Conflict conflict) {
        return new ChangeChoice(List.of(ChangeChoice.Operation.values()), conflict, lanes, error);
    }

    private TaskOrder with(ChangeChoice changes) {
        return TestingOrders.with(order(1, List.of(ITEM, HEAP), 0), changes);
    }

    /** Transactions over both tables. */
    private void write(ChangeEncoder.Table heapNow, int transactions) {
        for (int i = 0; i < transactions; i++) {
            topic.change(item, Operation.INSERT, next(1), null, new String[] {Integer.toString(++items), "i"});
            String[] row = heapNow == heap ? new String[] {"h" + ++rows} : new String[] {"h" + ++rows, "1"};
            topic.change(heapNow, Operation.INSERT, at(2), null, row);
            topic.end(at(3));
        }
        topic.flush();
    }

    /** In one transaction with rows of the other table, and of its own if wanted. */
    private void refusedCommand(boolean rowBefore) {
        int place = 1;
        topic.change(item, Operation.INSERT, next(place++), null, new String[] {Integer.toString(++items), "i"});
        if (rowBefore) {
            topic.change(heap, Operation.INSERT, at(place++), null, new String[] {"h" + ++rows});
        }
        topic.ddl(at(place++), TestingCommands.refused("heap"));
        topic.change(item, Operation.INSERT, at(place++), null, new String[] {Integer.toString(++items), "i"});
        topic.end(at(place));
        topic.flush();
    }

    private ChangeEncoder.Table narrowHeap() {
        return heap;
    }

    private ChangeEncoder.Table wideHeap() {
        if (wideHeap == null) {
            wideHeap = topic.encoder()
                    .table(HEAP, List.of(new Column("v", JsonType.TEXT, false), new Column("w", JsonType.TEXT, false)));
        }
        return wideHeap;
    }

    private void ask(String wish) {
        server.execute(targetName, "UPDATE _sluice.exception SET wish = '" + wish + "' WHERE state = 'OPEN'");
    }

    private String states() {
        return onTarget("SELECT string_agg(concat_ws(' ', number, operation, state), ', ' ORDER BY number)"
                + " FROM _sluice.exception");
    }

    private void awaitSuspended() {
        await().atMost(Duration.ofSeconds(20)).until(() -> alive() && state(HEAP) == TableState.SUSPENDED);
        assertThat(onTarget("SELECT string_agg(step, '') FROM _sluice.table_turn WHERE table_name = 'heap'"))
                .isEqualTo("SUSPENDED");
    }

    private void awaitBack(String state) {
        await().atMost(Duration.ofSeconds(40)).until(() -> {
            heartbeat();
            return alive()
                    && state(HEAP) == TableState.DONE
                    && onTarget("SELECT string_agg(step, '') FROM _sluice.table_turn WHERE table_name = 'heap'")
                            .equals("DONE");
        });
        assertThat(states()).isEqualTo("1 DDL " + state);
    }

    private boolean alive() {
        if (run.done().isDone()) {
            run.done().join();
        }
        return true;
    }

    private void awaitItems() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> alive()
                        && onTarget("SELECT count(*) FROM item WHERE id > 1").equals(Integer.toString(items - 1)));
    }

    private void awaitHeap() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> alive() && onTarget("SELECT count(*) FROM heap").equals(Integer.toString(rows)));
        assertThat(onTarget("SELECT count(DISTINCT v) FROM heap")).isEqualTo(Integer.toString(rows));
    }

    private void assertFails(String... words) {
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        assertThatThrownBy(run.done()::join)
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(e -> assertThat(e.getCause().getMessage()).contains(words));
    }
}
