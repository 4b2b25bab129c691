package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tables that join a stream which goes on; the change topic is written by hand, and the test plays capture. */
abstract class JoinScenario {

    static final TableName ITEM = new TableName("public", "item");
    static final TableName MORE = new TableName("public", "more");
    static final TableName HEAP = new TableName("public", "heap");

    final PostgresServer server = SharedServers.postgres();
    final TestingDatabases databases = new TestingDatabases(server);
    private final KafkaServer kafka = SharedServers.kafka();
    final String taskId = databases.taskId();
    final String sourceName = databases.source();
    final String targetName = databases.target();
    TestingTopic topic;
    ChangeEncoder.Table item;
    ChangeEncoder.Table more;
    ChangeEncoder.Table heap;
    Run run;
    int transactions;

    /** A run on a thread of its own. */
    record Run(TestingContext context, CompletableFuture<Void> done) {}

    @BeforeEach
    void prepare() throws Exception {
        // A run begins slowly in a JVM that is new, on a machine that is busy.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
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
        Awaitility.reset();
        if (run != null) {
            stop();
        }
        topic.close();
    }

    void published(long selection) {
        server.execute(
                sourceName,
                "COMMENT ON PUBLICATION " + Topics.publication(taskId) + " IS '" + PublicationNote.text(selection)
                        + "'");
    }

    void begin(TableName... tables) {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        run = run(order(1, List.of(tables), 0));
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
        stop();
    }

    /** Somebody waits at the gate: for rows of table more, say. */
    void awaitCopying() {
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
    Connection shut() throws SQLException {
        return shut(42);
    }

    Connection shut(int gate) throws SQLException {
        Connection holder = server.connect(targetName);
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + gate + ")");
        }
        return holder;
    }

    void change(ChangeEncoder.Table table, Operation operation, String... after) {
        topic.change(table, operation, next(1), null, after);
        endTransaction(2);
    }

    /** In a transaction that no snapshot has seen; the first change begins it. */
    ChangePosition next(long order) {
        transactions++;
        return at(order);
    }

    ChangePosition at(long order) {
        return new ChangePosition(
                new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions), 4_000_000 + transactions, order);
    }

    void endTransaction(long order) {
        topic.end(at(order));
        topic.flush();
    }

    TaskOrder order(long generation, List<TableName> tables, long selection, LoadRequest... loads) {
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
                false,
                0);
    }

    /** The same for a user who wants its changes otherwise. */
    TaskOrder with(ChangeChoice changes, TaskOrder order) {
        return with(changes, order.spec().structure(), order);
    }

    TaskOrder with(ChangeChoice changes, StructureChoice structure, TaskOrder order) {
        TaskSpec spec = order.spec();
        return TestingOrders.with(order, changes, spec.loadLimits(), structure, spec.changeLimits());
    }

    Run run(TaskOrder order) {
        TestingContext context = new TestingContext();
        return new Run(context, databases.run(order, KafkaAccess.of(kafka.securedClient()), context, new Claimant()));
    }

    void stop() {
        run.context.stop();
        run.done.join();
    }

    TableState state(TableName table) {
        Fact.TableProgress last = last(table);
        return last == null ? TableState.WAITING : last.state();
    }

    /** What was said of it last; null when nothing was. */
    Fact.@Nullable TableProgress last(TableName table) {
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

    String waitingFor(TableName table) {
        Fact.TableProgress last = last(table);
        return last == null || last.waitingFor() == null ? "" : last.waitingFor();
    }

    /** Stream or catch-up wait for each other. */
    static boolean isInHandover(String method) {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().endsWith(".Handover")
                        && frame.getMethodName().equals(method));
    }

    /** As capture does each second. */
    void heartbeat() {
        topic.heartbeat(new Lsn(Long.MAX_VALUE - 100_000 + 10L * transactions + 9));
        topic.flush();
    }

    void awaitDone(TableName... tables) {
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

    /** It is known from here on what so many tables of the target look like. */
    void awaitNoted(String tables) {
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        onTarget("SELECT count(*) FROM _sluice.target_table").equals(tables));
    }

    void awaitItem(String value) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> onTarget("SELECT v FROM item WHERE id = 1").equals(value));
    }

    void awaitMore(String... rows) {
        awaitRows("more", rows);
    }

    void awaitRows(String table, String... rows) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                onTarget("SELECT string_agg(id || '|' || v, E'\\n' ORDER BY id) FROM " + table))
                        .isEqualTo(String.join("\n", rows)));
    }

    String onTarget(String sql) {
        return databases.ask(targetName, sql);
    }
}
