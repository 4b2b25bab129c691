package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PublicationNote;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Added tables are loaded, caught up with and handed over while the stream goes on. */
class JoinIT extends JoinScenario {

    @Test
    void addedTablesAreLoadedCaughtUpWithAndHandedOver() throws Exception {
        begin(ITEM);
        ChangePosition seen = seen("INSERT INTO more VALUES (1, 'seen'), (2, 'seen')");
        server.execute(sourceName, "INSERT INTO heap SELECT 'x' FROM generate_series(1, 3)");
        try (Connection gate = shut()) {
            run = run(order(2, List.of(HEAP, ITEM, MORE), 2, new LoadRequest(HEAP, 2, 2), new LoadRequest(MORE, 2, 2)));
            await().until(() -> run.context().reached(Fact.Step.APPLYING));
            assertThat(state(MORE)).isEqualTo(TableState.WAITING);
            // Not before capture says that the source publishes the tables.
            server.execute(
                    sourceName,
                    "COMMENT ON PUBLICATION " + Topics.publication(taskId) + " IS '" + PublicationNote.text(2) + "'");
            topic.change(more, Operation.UPDATE, seen, null, new String[] {"1", "seen twice"});
            topic.end(new ChangePosition(seen.commitLsn(), seen.xid(), 2));
            change(item, Operation.UPDATE, "1", "while the others wait");
            change(more, Operation.INSERT, "3", "while it waits");
            change(heap, Operation.INSERT, "x");
            awaitItem("while the others wait");
            awaitCopying();
            change(item, Operation.UPDATE, "1", "while they are copied");
            awaitItem("while they are copied");
            assertThat(state(MORE)).isEqualTo(TableState.WAITING);
            assertThat(gate).isNotNull();
        }
        awaitDone(HEAP, MORE);
        awaitMore("1|seen", "2|seen", "3|while it waits");
        change(more, Operation.UPDATE, "2", "by the stream");
        change(heap, Operation.INSERT, "x");
        awaitMore("1|seen", "2|by the stream", "3|while it waits");
        await().until(() -> onTarget("SELECT count(*) FROM heap").equals("5"));
        assertThat(onTarget("SELECT count(*) FROM pg_indexes WHERE tablename = 'more'"))
                .isEqualTo("2");
        assertThat(onTarget("SELECT string_agg(DISTINCT step, ' ') FROM _sluice.table_turn"))
                .isEqualTo("DONE");
    }

    @Test
    void aPartitionedTableIsCaughtUpWithByItsKey() throws Exception {
        begin(ITEM);
        TableName parted = new TableName("public", "parted");
        server.execute(
                sourceName,
                "CREATE TABLE parted (id int PRIMARY KEY, v words) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (200)",
                "INSERT INTO parted VALUES (1, 'low'), (101, 'high')",
                "ALTER PUBLICATION " + Topics.publication(taskId) + " ADD TABLE parted");
        published(2);
        ChangeEncoder.Table encoded = topic.encoder()
                .table(
                        parted,
                        List.of(new Column("id", JsonType.INTEGER, true), new Column("v", JsonType.TEXT, false)));
        try (Connection gate = shut()) {
            run = run(order(2, List.of(ITEM, parted), 2, new LoadRequest(parted, 2, 2)));
            awaitCopying();
            change(encoded, Operation.UPDATE, "1", "low again");
            change(encoded, Operation.INSERT, "102", "new");
            assertThat(gate).isNotNull();
        }
        awaitDone(parted);
        change(encoded, Operation.UPDATE, "101", "high again");
        awaitRows("parted", "1|low again", "101|high again", "102|new");
    }

    @Test
    void aTransactionThatWroteBeforeTheTableWasPublishedIsWaitedFor() throws Exception {
        begin(ITEM);
        published(2);
        try (Connection early = server.connect(sourceName);
                Statement statement = early.createStatement()) {
            early.setAutoCommit(false);
            statement.execute("SET application_name = 'the forgotten one'");
            statement.execute("INSERT INTO more VALUES (100, 'never sent, since nothing published it')");
            String pid = TestingDatabases.text(statement, "SELECT pg_backend_pid()");
            run = run(order(2, List.of(ITEM, MORE), 2, new LoadRequest(MORE, 2, 2)));
            // It asks again and again whether the transaction has ended.
            Set<String> questions = new HashSet<>();
            await().atMost(Duration.ofSeconds(40)).until(() -> {
                questions.add(onTarget("SELECT max(query_start)::text FROM pg_stat_activity WHERE datname = '"
                        + sourceName + "' AND application_name = 'sluice-apply " + taskId + "'"));
                return questions.size() > 6;
            });
            change(item, Operation.UPDATE, "1", "while it waits");
            awaitItem("while it waits");
            assertThat(onTarget("SELECT coalesce(to_regclass('more')::text, 'not begun')"))
                    .isEqualTo("not begun");
            await().untilAsserted(() -> assertThat(waitingFor(MORE))
                    .contains("1, of pid " + pid + " (role ", "application the forgotten one", "since 20")
                    .contains("idle in transaction)"));
            early.commit();
        }
        awaitDone(MORE);
        assertThat(waitingFor(MORE)).isEmpty();
        awaitMore("100|never sent, since nothing published it");
    }

    @Test
    void aTableThatIsSlowToWriteIsHandedOverByAStreamThatNeverRests() {
        server.execute(
                sourceName,
                "CREATE DOMAIN slow AS text CHECK (current_database() LIKE 'source%' OR pg_sleep(0.5) IS NOT NULL)",
                "DROP TABLE more",
                "CREATE TABLE more (id int PRIMARY KEY, v slow)",
                "INSERT INTO more VALUES (1, 'as it was')",
                "ALTER PUBLICATION " + Topics.publication(taskId) + " ADD TABLE more");
        begin(ITEM);
        published(2);
        run = run(order(2, List.of(ITEM, MORE), 2, new LoadRequest(MORE, 2, 2)));
        Instant end = Instant.now().plusSeconds(60);
        int round = 0;
        for (; state(MORE) != TableState.DONE && Instant.now().isBefore(end); round++) {
            ChangePosition first = next(1);
            for (int i = 0; i < 200; i++) {
                ChangePosition position = new ChangePosition(first.commitLsn(), first.xid(), i + 1);
                topic.change(item, Operation.UPDATE, position, null, new String[] {"1", "round " + round});
            }
            // However many of these come, they are one change of a batch: what a batch costs does not depend on its
            // size.
            topic.change(more, Operation.UPDATE, at(201), null, new String[] {"1", "round " + round});
            endTransaction(202);
            // About 10,000 changes a second, so that more than 2,000 are always on their way.
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        assertThat(state(MORE)).isEqualTo(TableState.DONE);
        awaitMore("1|round " + (round - 1));
    }

    @Test
    void aForeignKeyIsValidatedWhileTheStreamWritesToItsTables() throws Exception {
        TableName child = new TableName("public", "child");
        server.execute(
                sourceName,
                "CREATE TABLE child (id int PRIMARY KEY, v int CONSTRAINT up REFERENCES item)",
                "ALTER PUBLICATION " + Topics.publication(taskId) + " ADD TABLE child");
        ChangeEncoder.Table written = topic.encoder()
                .table(
                        child,
                        List.of(new Column("id", JsonType.INTEGER, true), new Column("v", JsonType.INTEGER, false)));
        begin(ITEM);
        published(2);
        // Once the rows have been looked at, the command waits with the locks that it has.
        server.execute(
                targetName,
                "CREATE FUNCTION wait_there() RETURNS event_trigger LANGUAGE plpgsql SET lock_timeout = 0 AS 'BEGIN"
                        + " IF EXISTS (SELECT FROM pg_constraint WHERE conname = ''up'' AND convalidated) THEN"
                        + " PERFORM pg_advisory_xact_lock_shared(42); END IF; END'",
                "CREATE EVENT TRIGGER wait_there ON ddl_command_end WHEN TAG IN ('ALTER TABLE')"
                        + " EXECUTE FUNCTION wait_there()",
                "ALTER EVENT TRIGGER wait_there ENABLE ALWAYS");
        try (Connection gate = shut()) {
            run = run(order(2, List.of(child, ITEM), 2, new LoadRequest(child, 2, 2)));
            awaitCopying();
            change(item, Operation.UPDATE, "1", "while rows are looked at");
            change(written, Operation.INSERT, "1", "1");
            awaitItem("while rows are looked at");
            awaitRows("child", "1|1");
            assertThat(gate).isNotNull();
        }
        awaitDone(child);
        assertThat(onTarget("SELECT convalidated FROM pg_constraint WHERE conname = 'up'"))
                .isEqualTo("t");
    }

    /** What is written after the stop would be committed with a position before it. */
    @Test
    void aStopWhileAHandoverIsWaitedForLeavesNothingOfALargeTransaction() throws Exception {
        TableName wide = new TableName("public", "wide");
        server.execute(
                sourceName,
                "CREATE DOMAIN gated AS text CHECK"
                        + " (current_database() LIKE 'source%' OR pg_advisory_xact_lock_shared(43) IS NOT NULL)",
                "CREATE TABLE wide (id int PRIMARY KEY, v gated)");
        ChangeEncoder.Table written = topic.encoder()
                .table(wide, List.of(new Column("id", JsonType.INTEGER, true), new Column("v", JsonType.TEXT, false)));
        begin(ITEM, wide);
        run = run(order(2, List.of(ITEM, MORE, wide), 2, new LoadRequest(MORE, 2, 2)));
        change(item, Operation.UPDATE, "1", "the stream is ahead");
        awaitItem("the stream is ahead");
        published(2);
        // At the first place that the catch-up comes to; the stream has nothing to read until it is told of the next
        // one.
        await().atMost(Duration.ofSeconds(40)).until(() -> isInHandover("ask"));
        try (Connection gate = shut(42);
                Connection second = shut(43)) {
            change(more, Operation.INSERT, "2", "before the place");
            transactions++;
            for (int i = 1; i <= 25_000; i++) {
                topic.change(written, Operation.INSERT, at(i), null, new String[] {Integer.toString(i), "x"});
            }
            topic.flush();
            await().atMost(Duration.ofSeconds(40)).until(() -> isWaiting(42) && isInHandover("awaitCaughtUp"));
            run.context().beginStop();
            await().atMost(Duration.ofSeconds(40)).until(() -> run.done().isDone() || isWaiting(43));
            open(gate);
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> run.done().isDone()
                            || onTarget("SELECT count(*) FROM more").equals("1"));
            open(second);
            await().atMost(Duration.ofSeconds(40)).until(run.done()::isDone);
        }
        assertThat(onTarget("SELECT count(*) FROM wide")).isEqualTo("0");
        endTransaction(25_001);
        run = run(order(2, List.of(ITEM, MORE, wide), 2, new LoadRequest(MORE, 2, 2)));
        awaitDone(MORE);
        await().atMost(Duration.ofSeconds(40))
                .until(() -> onTarget("SELECT count(*) FROM wide").equals("25000"));
        awaitMore("2|before the place");
    }

    private static void open(Connection gate) throws SQLException {
        try (Statement statement = gate.createStatement()) {
            statement.execute("SELECT pg_advisory_unlock_all()");
        }
    }

    private boolean isWaiting(int gate) {
        return !onTarget(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = " + gate)
                .equals("0");
    }

    /** A transaction that every later snapshot sees. */
    private ChangePosition seen(String sql) throws SQLException {
        try (Connection connection = server.connect(sourceName);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(sql);
            long xid = Long.parseLong(TestingDatabases.text(statement, "SELECT pg_current_xact_id()::text"));
            connection.commit();
            return new ChangePosition(
                    Lsn.parse(TestingDatabases.text(statement, "SELECT pg_current_wal_insert_lsn()::text")), xid, 1);
        }
    }
}
