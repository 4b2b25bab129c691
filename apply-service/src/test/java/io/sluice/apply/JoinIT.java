package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.exception.Exceptions;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.PublicationNote;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables that join a stream which goes on; the change topic is written by hand, and the test plays capture. */
class JoinIT {

    private static final TableName ITEM = new TableName("public", "item");
    private static final TableName MORE = new TableName("public", "more");
    private static final TableName HEAP = new TableName("public", "heap");

    private static PostgresServer server;
    private static KafkaServer kafka;

    private final TestingDatabases databases = new TestingDatabases(server);
    private final String taskId = databases.taskId();
    private final String sourceName = databases.source();
    private final String targetName = databases.target();
    private TestingTopic topic;
    private ChangeEncoder.Table item;
    private ChangeEncoder.Table more;
    private ChangeEncoder.Table heap;
    private Run run;
    private int transactions;

    /** A run on a thread of its own. */
    private record Run(TestingContext context, CompletableFuture<Void> done) {}

    @BeforeAll
    static void startServers() {
        server = PostgresServer.startTemporary();
        kafka = KafkaServer.startTemporary();
    }

    @AfterAll
    static void stopServers() {
        kafka.close();
        server.close();
    }

    @BeforeEach
    void prepare() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE item (id int PRIMARY KEY, v text)",
                // While somebody holds the lock at the target, no such value comes through there.
                "CREATE DOMAIN words AS text CHECK"
                        + " (current_database() LIKE 'source%' OR pg_advisory_xact_lock_shared(42) IS NOT NULL)",
                "CREATE TABLE more (id int PRIMARY KEY, v words)",
                "CREATE INDEX more_v ON more (v)",
                "CREATE TABLE heap (v text)",
                "CREATE PUBLICATION " + Topics.publication(taskId) + " FOR TABLE item, more, heap");
        topic = new TestingTopic(kafka.bootstrapServers(), taskId);
        Column id = new Column("id", JsonType.INTEGER, true);
        Column v = new Column("v", JsonType.TEXT, false);
        item = topic.encoder().table(ITEM, List.of(id, v));
        more = topic.encoder().table(MORE, List.of(id, v));
        heap = topic.encoder().table(HEAP, List.of(v));
    }

    @AfterEach
    void endRun() {
        if (run != null) {
            stop();
        }
        topic.close();
    }

    @Test
    void addedTablesAreLoadedCaughtUpWithAndHandedOver() throws Exception {
        begin(ITEM);
        ChangePosition seen = seen("INSERT INTO more VALUES (1, 'seen'), (2, 'seen')");
        server.execute(sourceName, "INSERT INTO heap SELECT 'x' FROM generate_series(1, 3)");
        try (Connection gate = shut()) {
            run = run(order(2, List.of(HEAP, ITEM, MORE), 2, new LoadRequest(HEAP, 2, 2), new LoadRequest(MORE, 2, 2)));
            await().until(() -> run.context.reached(Fact.Step.APPLYING));
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

    @Test
    void aTableThatIsNotTheOneThatIsPublishedIsNotLoaded() throws Exception {
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'a')");
        begin(ITEM, MORE);
        server.execute(sourceName, "DROP TABLE more", "CREATE TABLE more (id int PRIMARY KEY, v words)");
        run = run(order(2, List.of(ITEM, MORE), 0, new LoadRequest(MORE, 2, 0)));
        await().until(() -> state(MORE) == TableState.FAILED);
        assertThat(run.context.facts().toString()).contains("Not published at the source", "public.more");
        change(item, Operation.UPDATE, "1", "whatever is wrong with others");
        awaitItem("whatever is wrong with others");
        awaitMore("1|a");
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
    void aCatchUpThatFailsWithinATransactionLeavesNothingOfIt() throws Exception {
        begin(ITEM);
        server.execute(
                sourceName,
                "ALTER TABLE heap ADD CONSTRAINT never CHECK (current_database() LIKE 'source%' OR v <> 'bad')");
        topic.change(heap, Operation.INSERT, next(1), null, new String[] {"good"});
        for (int i = 0; i <= Exceptions.MOST_OPEN; i++) {
            topic.change(heap, Operation.INSERT, at(i + 2), null, new String[] {"bad"});
        }
        endTransaction(Exceptions.MOST_OPEN + 3);
        // So far behind the stream it does not ask to be relieved yet.
        for (int i = 0; i < 2_100; i++) {
            topic.heartbeat(new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions + 1));
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
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
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
            run.context.beginStop();
            await().atMost(Duration.ofSeconds(40)).until(() -> run.done.isDone() || isWaiting(43));
            open(gate);
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> run.done.isDone()
                            || onTarget("SELECT count(*) FROM more").equals("1"));
            open(second);
            await().atMost(Duration.ofSeconds(40)).until(run.done::isDone);
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

    /** Stream or catch-up wait for each other. */
    private static boolean isInHandover(String method) {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().endsWith(".Handover")
                        && frame.getMethodName().equals(method));
    }

    private void published(long selection) {
        server.execute(
                sourceName,
                "COMMENT ON PUBLICATION " + Topics.publication(taskId) + " IS '" + PublicationNote.text(selection)
                        + "'");
    }

    private void begin(TableName... tables) {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        run = run(order(1, List.of(tables), 0));
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
        stop();
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

    /** Somebody waits at the gate: for rows of table more, say. */
    private void awaitCopying() {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            if (run.done.isDone()) {
                run.done.join();
            }
            heartbeat();
            return onTarget("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 42")
                    .equals("1");
        });
    }

    /** Until it is closed, no row of table more comes to the target. */
    private Connection shut() throws SQLException {
        return shut(42);
    }

    private Connection shut(int gate) throws SQLException {
        Connection holder = server.connect(targetName);
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + gate + ")");
        }
        return holder;
    }

    private void change(ChangeEncoder.Table table, Operation operation, String... after) {
        topic.change(table, operation, next(1), null, after);
        endTransaction(2);
    }

    /** In a transaction that no snapshot has seen; the first change begins it. */
    private ChangePosition next(long order) {
        transactions++;
        return at(order);
    }

    private ChangePosition at(long order) {
        return new ChangePosition(
                new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions), 4_000_000 + transactions, order);
    }

    private void endTransaction(long order) {
        topic.end(at(order));
        topic.flush();
    }

    private TaskOrder order(long generation, List<TableName> tables, long selection, LoadRequest... loads) {
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL_AND_INCREMENTAL,
                databases.endpoint(sourceName),
                Dialect.POSTGRESQL,
                databases.endpoint(targetName),
                List.of(),
                List.of(),
                2,
                new RetryWindows(10, 1),
                null);
        return new TaskOrder(
                taskId,
                generation,
                Phase.RUN,
                spec,
                tables,
                Instant.EPOCH,
                generation > 1,
                false,
                List.of(),
                selection,
                List.of(loads),
                0,
                false);
    }

    private Run run(TaskOrder order) {
        TestingContext context = new TestingContext();
        return new Run(context, databases.run(order, KafkaAccess.of(kafka.securedClient()), context, new Claimant()));
    }

    private void stop() {
        run.context.stop();
        run.done.join();
    }

    private TableState state(TableName table) {
        Fact.TableProgress last = last(table);
        return last == null ? TableState.WAITING : last.state();
    }

    private String waitingFor(TableName table) {
        Fact.TableProgress last = last(table);
        return last == null || last.waitingFor() == null ? "" : last.waitingFor();
    }

    /** What was said of it last; null when nothing was. */
    private Fact.@Nullable TableProgress last(TableName table) {
        Fact.TableProgress last = null;
        for (Fact fact : run.context.facts()) {
            if (fact instanceof Fact.LoadProgress progress) {
                for (Fact.TableProgress one : progress.tables()) {
                    last = one.table().equals(table) ? one : last;
                }
            }
        }
        return last;
    }

    /** As capture does each second. */
    private void heartbeat() {
        topic.heartbeat(new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions + 1));
        topic.flush();
    }

    private String error(TableName table) {
        return run.context.facts().stream()
                .filter(Fact.LoadProgress.class::isInstance)
                .flatMap(fact -> ((Fact.LoadProgress) fact).tables().stream())
                .filter(one -> one.table().equals(table) && one.error() != null)
                .map(one -> String.valueOf(one.error()))
                .findFirst()
                .orElse("");
    }

    private void awaitDone(TableName... tables) {
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    if (run.done.isDone()) {
                        run.done.join();
                    }
                    heartbeat();
                    return List.of(tables).stream().allMatch(table -> state(table) == TableState.DONE)
                            && onTarget("SELECT count(*) FROM _sluice.table_turn WHERE step <> 'DONE'")
                                    .equals("0");
                });
    }

    private void awaitItem(String value) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> onTarget("SELECT v FROM item WHERE id = 1").equals(value));
    }

    private void awaitMore(String... rows) {
        awaitRows("more", rows);
    }

    private void awaitRows(String table, String... rows) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                onTarget("SELECT string_agg(id || '|' || v, E'\\n' ORDER BY id) FROM " + table))
                        .isEqualTo(String.join("\n", rows)));
    }

    private String onTarget(String sql) {
        return databases.ask(targetName, sql);
    }
}
