package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.exception.Exceptions;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that cannot join keeps no other out, and joins once its cause is gone. */
class FailedJoinIT extends JoinScenario {

    @Test
    void aTableThatCannotBeMadeKeepsNoOtherFromJoining() {
        begin(ITEM);
        String method = "CREATE ACCESS METHOD elsewhere TYPE TABLE HANDLER heap_tableam_handler";
        TableName odd = new TableName("public", "odd");
        server.execute(
                sourceName,
                method,
                "CREATE TABLE odd (id int PRIMARY KEY, v text) USING elsewhere",
                "CREATE INDEX odd_v ON odd (v)",
                "INSERT INTO odd VALUES (1, 'a')",
                "INSERT INTO more VALUES (1, 'b')",
                "ALTER PUBLICATION " + Topics.publication(taskId) + " ADD TABLE odd");
        published(2);
        run = run(order(2, List.of(ITEM, MORE, odd), 2, new LoadRequest(MORE, 2, 2), new LoadRequest(odd, 2, 2)));
        await().atMost(Duration.ofSeconds(40)).until(() -> {
            heartbeat();
            return state(MORE) == TableState.DONE && state(odd) == TableState.FAILED;
        });
        assertThat(error(odd)).contains("access method \"elsewhere\" does not exist");
        server.execute(targetName, method);
        awaitDone(MORE, odd);
        awaitRows("odd", "1|a");
        assertThat(onTarget("SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes"
                        + " WHERE tablename = 'odd'"))
                .as("had not failed under this order before")
                .isEqualTo("odd_pkey odd_v");
    }

    @Test
    void aTableThatIsNotTheOneThatIsPublishedIsNotLoaded() throws Exception {
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'a')");
        begin(ITEM, MORE);
        server.execute(sourceName, "DROP TABLE more", "CREATE TABLE more (id int PRIMARY KEY, v words)");
        run = run(order(2, List.of(ITEM, MORE), 0, new LoadRequest(MORE, 2, 0)));
        await().until(() -> state(MORE) == TableState.FAILED);
        assertThat(run.context().facts().toString()).contains("Not published at the source", "public.more");
        change(item, Operation.UPDATE, "1", "whatever is wrong with others");
        awaitItem("whatever is wrong with others");
        awaitMore("1|a");
    }

    @Test
    void aCatchUpThatFailsWithinATransactionLeavesNothingOfIt() throws Exception {
        begin(ITEM);
        server.execute(sourceName, refusing("heap"));
        topic.change(heap, Operation.INSERT, next(1), null, new String[] {"good"});
        for (int i = 0; i <= Exceptions.MOST_OPEN; i++) {
            topic.change(heap, Operation.INSERT, at(i + 2), null, new String[] {"bad"});
        }
        endTransaction(Exceptions.MOST_OPEN + 3);
        // So far behind the stream it does not ask to be relieved yet.
        for (int i = 0; i < 2_100; i++) {
            topic.heartbeat(new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions + 9));
        }
        change(item, Operation.UPDATE, "1", "far ahead");
        List<TableName> tables = List.of(HEAP, ITEM);
        run = run(order(2, tables, 2, new LoadRequest(HEAP, 2, 2)));
        // The stream is there before the table begins.
        awaitItem("far ahead");
        published(2);
        await().atMost(Duration.ofSeconds(20)).until(() -> state(HEAP) == TableState.FAILED);
        assertThat(error(HEAP)).contains("more than " + Exceptions.MOST_OPEN);
        stop();
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("0");
        server.execute(targetName, "ALTER TABLE heap DROP CONSTRAINT never");
        run = run(order(3, tables, 2, new LoadRequest(HEAP, 2, 2)));
        awaitDone(HEAP);
        assertThat(onTarget("SELECT count(*) FROM heap WHERE v = 'good'")).isEqualTo("1");
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo(Integer.toString(Exceptions.MOST_OPEN + 2));
    }

    /** @param ahead so many records the stream is ahead of the failure: where it is near, it waits for the tables already */
    @ParameterizedTest
    @ValueSource(ints = {0, 2_100})
    void aTableThatCannotBeCaughtUpWithKeepsNoOtherOut(int ahead) {
        begin(ITEM);
        server.execute(sourceName, refusing("heap"));
        change(more, Operation.INSERT, "1", "before");
        refused(heap, Exceptions.MOST_OPEN + 1);
        change(more, Operation.INSERT, "2", "after");
        for (int i = 0; i < ahead; i++) {
            topic.heartbeat(new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions + 9));
        }
        change(item, Operation.UPDATE, "1", "far ahead");
        List<TableName> tables = List.of(HEAP, ITEM, MORE);
        LoadRequest[] loads = {new LoadRequest(HEAP, 2, 2), new LoadRequest(MORE, 2, 2)};
        run = run(order(2, tables, 2, loads));
        awaitItem("far ahead");
        published(2);
        await().atMost(Duration.ofSeconds(40)).until(() -> {
            requireAlive();
            heartbeat();
            return state(MORE) == TableState.DONE && state(HEAP) == TableState.FAILED;
        });
        assertThat(error(HEAP)).contains("more than " + Exceptions.MOST_OPEN);
        assertThat(error(MORE)).isEmpty();
        change(more, Operation.INSERT, "3", "by the stream");
        change(item, Operation.UPDATE, "1", "not waiting");
        awaitMore("1|before", "2|after", "3|by the stream");
        awaitItem("not waiting");
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo("0");
        stop();
        server.execute(targetName, "ALTER TABLE heap DROP CONSTRAINT never");
        run = run(order(3, tables, 2, loads));
        awaitDone(HEAP);
        assertThat(onTarget("SELECT count(*) FROM heap")).isEqualTo(Integer.toString(Exceptions.MOST_OPEN + 1));
    }

    @Test
    void whatTheStreamHasRefusedDoesNotCountForATableThatJoins() {
        server.execute(sourceName, refusing("item"), refusing("heap"));
        begin(ITEM);
        refused(item, Exceptions.MOST_OPEN - 1);
        refused(heap, 10);
        change(heap, Operation.INSERT, "good");
        change(item, Operation.UPDATE, "1", "far ahead");
        run = run(order(2, List.of(HEAP, ITEM), 2, new LoadRequest(HEAP, 2, 2)));
        awaitItem("far ahead");
        published(2);
        awaitDone(HEAP);
        assertThat(onTarget("SELECT string_agg(v, ' ') FROM heap")).isEqualTo("good");
        assertThat(onTarget("SELECT count(*) FROM _sluice.exception WHERE state = 'OPEN'"))
                .isEqualTo(Integer.toString(Exceptions.MOST_OPEN + 9));
    }

    @Test
    void aTableThatCouldNotBeMadeJoinsOnceItsCauseIsGone() throws Exception {
        begin(ITEM);
        published(2);
        server.execute(
                targetName,
                "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not here''; END'",
                "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE')"
                        + " EXECUTE FUNCTION refuse()",
                "ALTER EVENT TRIGGER refuse ENABLE ALWAYS");
        run = run(order(2, List.of(ITEM, MORE), 2, new LoadRequest(MORE, 2, 2)));
        await().until(() -> state(MORE) == TableState.FAILED);
        stop();
        server.execute(targetName, "DROP EVENT TRIGGER refuse");
        run = run(order(3, List.of(ITEM, MORE), 2, new LoadRequest(MORE, 2, 2)));
        awaitDone(MORE);
        change(more, Operation.INSERT, "1", "by the stream");
        awaitMore("1|by the stream");
        stop();
        // One whose note is lost can be removed, dropped, and added again.
        server.execute(targetName, "DELETE FROM _sluice.table_load WHERE table_name = 'more'", "DROP TABLE more");
        run = run(order(4, List.of(ITEM), 3));
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
        stop();
        published(4);
        run = run(order(5, List.of(ITEM, MORE), 4, new LoadRequest(MORE, 4, 4)));
        awaitDone(MORE);
    }

    @Test
    void aTypeThatTheSourceHasChangedSinceIsNotFilledWithRoundedValues() throws Exception {
        TableName price = new TableName("public", "price");
        server.execute(
                sourceName,
                "CREATE TABLE price (id int PRIMARY KEY, v numeric(10,2), name varchar(5))",
                "ALTER PUBLICATION " + Topics.publication(taskId) + " ADD TABLE price");
        begin(ITEM, price);
        server.execute(
                sourceName,
                "ALTER TABLE price ALTER v TYPE numeric(12,4), ALTER name TYPE varchar(3)",
                "INSERT INTO price VALUES (1, 1.2345)");
        List<TableName> tables = List.of(ITEM, price);
        run = run(order(2, tables, 0, new LoadRequest(price, 2, 0)));
        await().until(() -> state(price) == TableState.FAILED);
        assertThat(error(price)).contains("numeric(10,2)", "numeric(12,4)").doesNotContain("name");
        String advice = "ALTER TABLE \"public\".\"price\" ALTER COLUMN \"v\" TYPE numeric(12,4) USING"
                + " \"v\"::numeric(12,4)";
        assertThat(error(price)).contains(advice);
        change(item, Operation.UPDATE, "1", "not waiting");
        awaitItem("not waiting");
        stop();
        server.execute(targetName, advice);
        run = run(order(3, tables, 0, new LoadRequest(price, 2, 0)));
        awaitDone(price);
        awaitRows("price", "1|1.2345");
    }

    /** The target takes no row that is bad. */
    private static String refusing(String table) {
        return "ALTER TABLE " + table + " ADD CONSTRAINT never CHECK (current_database() LIKE 'source%' OR v <> 'bad')";
    }

    /** One transaction of rows that are bad. */
    private void refused(ChangeEncoder.Table table, int rows) {
        transactions++;
        for (int i = 1; i <= rows; i++) {
            String[] row = table == heap ? new String[] {"bad"} : new String[] {Integer.toString(1_000 + i), "bad"};
            topic.change(table, Operation.INSERT, at(i), null, row);
        }
        endTransaction(rows + 1);
    }

    private void requireAlive() {
        if (run.done().isDone()) {
            run.done().join();
        }
    }

    private String error(TableName table) {
        return run.context().facts().stream()
                .filter(Fact.LoadProgress.class::isInstance)
                .flatMap(fact -> ((Fact.LoadProgress) fact).tables().stream())
                .filter(one -> one.table().equals(table) && one.error() != null)
                .map(one -> String.valueOf(one.error()))
                .findFirst()
                .orElse("");
    }
}
