package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.PublicationNote;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Tables that were in the stream before: loaded once more, or removed and added again. */
class RejoinIT extends JoinScenario {

    @Test
    void aReloadReplacesTheRowsAndGoesOnAfterKills() throws Exception {
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'a'), (2, 'b')");
        begin(ITEM, MORE);
        server.execute(sourceName, "UPDATE more SET v = 'newer than the topic' WHERE id = 1");
        server.execute(targetName, "UPDATE more SET v = 'damaged'", "INSERT INTO more VALUES (77, 'nobody''s')");
        List<TableName> tables = List.of(ITEM, MORE);
        TaskOrder reload = order(2, tables, 0, new LoadRequest(MORE, 2, 0));
        try (Connection gate = shut()) {
            run = run(reload);
            awaitCopying();
            assertThat(onTarget("SELECT step FROM _sluice.table_turn")).isEqualTo("LOAD");
            assertThat(onTarget("SELECT count(*) FROM more")).isEqualTo("0");
            change(more, Operation.INSERT, "3", "while it is loaded");
            change(item, Operation.UPDATE, "1", "not waiting");
            awaitItem("not waiting");
            stop();
            change(more, Operation.INSERT, "4", "while nobody runs");
            run = run(reload);
            awaitCopying();
            assertThat(gate).isNotNull();
        }
        awaitDone(MORE);
        awaitMore("1|newer than the topic", "2|b", "3|while it is loaded", "4|while nobody runs");
        stop();
        // It has been answered: neither a new run nor a newer order loads again.
        server.execute(targetName, "UPDATE more SET v = 'c' WHERE id = 2");
        run = run(order(3, tables, 0, new LoadRequest(MORE, 2, 0)));
        await().until(() -> state(MORE) == TableState.DONE);
        change(more, Operation.UPDATE, "1", "after");
        awaitMore("1|after", "2|c", "3|while it is loaded", "4|while nobody runs");
    }

    /** The stream judges what columns are called by what was loaded, from the first change on that it takes over. */
    @Test
    void aColumnThatWasMadeAgainIsTheOneThatIsMeantAfterAReload() throws Exception {
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'a')");
        begin(ITEM, MORE);
        server.execute(
                sourceName, "ALTER TABLE more DROP COLUMN v", "ALTER TABLE more ADD COLUMN v words DEFAULT 'other'");
        run = run(order(2, List.of(ITEM, MORE), 0, new LoadRequest(MORE, 2, 0)));
        change(item, Operation.UPDATE, "1", "the stream is ahead");
        awaitItem("the stream is ahead");
        await().atMost(Duration.ofSeconds(40)).until(() -> isInHandover("ask"));
        // The place of the hand-over, and what comes after it, are read before it is committed.
        topic.heartbeat(at(9).commitLsn());
        ChangeEncoder.Table now = topic.encoder()
                .table(
                        MORE,
                        List.of(
                                new Column("id", JsonType.INTEGER, true, 23, 1),
                                new Column("v", JsonType.TEXT, false, 25, 3)));
        topic.describe(now, Operation.INSERT, next(1), "2", "described");
        endTransaction(2);
        awaitDone(MORE);
        awaitMore("1|other", "2|described");
    }

    /** It is decoded when it is in the log, and for as long as it waits no snapshot sees it. */
    @Test
    void aCommitThatTheStreamHasAppliedAndThatWaitsForAStandbyIsInTheCopyOfAReload() throws Exception {
        for (String database : List.of(sourceName, targetName)) {
            server.execute("postgres", "ALTER DATABASE " + database + " SET synchronous_commit = local");
        }
        begin(ITEM, MORE);
        List<TableName> tables = List.of(ITEM, MORE);
        server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
        try (Connection waiting = server.connect(sourceName);
                Statement statement = waiting.createStatement()) {
            await().until(() -> "nobody".equals(TestingDatabases.text(statement, "SHOW synchronous_standby_names")));
            statement.execute("SET synchronous_commit = on");
            CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("INSERT INTO more VALUES (1, 'committed')");
                } catch (SQLException e) {
                    throw new CompletionException(e);
                }
            });
            try {
                await().until(() -> onTarget("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                        .equals("1"));
                run = run(order(1, tables, 0));
                change(more, Operation.INSERT, "1", "committed");
                awaitMore("1|committed");
                stop();
                run = run(order(2, tables, 0, new LoadRequest(MORE, 2, 0)));
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> !waitingFor(MORE).isEmpty());
                assertThat(commit).isNotDone();
                assertThat(onTarget("SELECT count(*) FROM more")).isEqualTo("1");
            } finally {
                server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
            }
            commit.join();
        }
        awaitDone(MORE);
        awaitMore("1|committed");
    }

    @Test
    void aRemovedTableIsLeftAloneAndComesBackLikeANewOne() throws Exception {
        begin(ITEM);
        server.execute(
                sourceName,
                "COMMENT ON PUBLICATION " + Topics.publication(taskId) + " IS '" + PublicationNote.text(4) + "'",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TRIGGER always BEFORE INSERT ON more FOR EACH ROW EXECUTE FUNCTION nothing()",
                "ALTER TABLE more ENABLE ALWAYS TRIGGER always",
                "COMMENT ON COLUMN more.v IS 'made again, too'");
        run = run(order(2, List.of(ITEM, MORE), 2, new LoadRequest(MORE, 2, 2)));
        awaitDone(MORE);
        assertThat(onTarget("SELECT count(*) FROM pg_trigger WHERE tgname = 'always'"))
                .isEqualTo("0");
        stop();
        run = run(order(3, List.of(ITEM), 3));
        change(more, Operation.INSERT, "9", "too late");
        change(item, Operation.UPDATE, "1", "on and on");
        awaitItem("on and on");
        // What had to wait until nobody writes to the table is made.
        assertThat(onTarget("SELECT count(*) FROM pg_trigger WHERE tgname = 'always'"))
                .isEqualTo("1");
        assertThat(onTarget("SELECT count(*) FROM more")).isEqualTo("0");
        assertThat(onTarget("SELECT count(*) FROM _sluice.table_load")).isEqualTo("1");
        stop();
        run = run(order(4, List.of(ITEM, MORE), 4, new LoadRequest(MORE, 4, 4)));
        await().until(() -> state(MORE) == TableState.FAILED);
        change(item, Operation.UPDATE, "1", "whatever is wrong with others");
        awaitItem("whatever is wrong with others");
        stop();
        server.execute(targetName, "DROP TABLE more");
        run = run(order(5, List.of(ITEM, MORE), 4, new LoadRequest(MORE, 5, 4)));
        awaitDone(MORE);
        assertThat(onTarget("SELECT count(*) FROM pg_indexes WHERE tablename = 'more'"))
                .isEqualTo("2");
        assertThat(onTarget("SELECT col_description('more'::regclass, 2)")).isEqualTo("made again, too");
    }
}
