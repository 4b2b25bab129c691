package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Runs of a task with one table against a real source, target and Kafka; the change topic is written by hand. */
abstract class ApplyRunScenario {

    static final TableName TABLE = new TableName("public", "item");

    final PostgresServer server = SharedServers.postgres();
    final TestingDatabases databases = new TestingDatabases(server);
    private final KafkaServer kafka = SharedServers.kafka();
    final String taskId = databases.taskId();
    final String sourceName = databases.source();
    final String targetName = databases.target();
    private final List<TestingContext> contexts = new ArrayList<>();
    TestingTopic topic;
    ChangeEncoder.Table table;

    @BeforeEach
    void prepare() throws Exception {
        server.execute(sourceName, "CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, note text)");
        topic = new TestingTopic(kafka.bootstrapServers(), taskId);
        table = topic.encoder()
                .table(
                        TABLE,
                        List.of(
                                new Column("id", JsonType.INTEGER, true),
                                new Column("name", JsonType.TEXT, false),
                                new Column("note", JsonType.TEXT, false)));
    }

    @AfterEach
    void endRuns() {
        contexts.forEach(TestingContext::stop);
        topic.close();
    }

    static void assertFails(Run run, ErrorCode code) {
        await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
        assertThatThrownBy(run.done::join)
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(code));
    }

    TaskOrder order(ChangeChoice changes, LoadLimits limits, StructureChoice structure) {
        TaskOrder order = order(Phase.RUN);
        return TestingOrders.with(
                order, changes, limits, structure, order.spec().changeLimits());
    }

    /** A run on a thread of its own. */
    record Run(TestingContext context, CompletableFuture<Void> done) {}

    Run streaming(String rows) {
        server.execute(sourceName, "INSERT INTO item VALUES " + rows);
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run();
        await().until(() -> run.context.reached(Fact.Step.APPLYING) || run.done.isCompletedExceptionally());
        return run;
    }

    Run run() {
        return run(List.of(TABLE));
    }

    Run run(List<TableName> tables) {
        return run(tables, context(), new Claimant());
    }

    Run run(List<TableName> tables, TestingContext context, Claimant claimant) {
        return run(order(Phase.RUN, tables), context, claimant);
    }

    Run run(TaskOrder order, TestingContext context, Claimant claimant) {
        return new Run(context, databases.run(order, KafkaAccess.of(kafka.securedClient()), context, claimant));
    }

    TestingContext context() {
        TestingContext context = new TestingContext();
        contexts.add(context);
        return context;
    }

    TaskOrder order(Phase phase) {
        return order(phase, List.of(TABLE));
    }

    TaskOrder order(Phase phase, List<TableName> tables) {
        return order(phase, tables, SyncMode.FULL_AND_INCREMENTAL);
    }

    TaskOrder order(Phase phase, List<TableName> tables, SyncMode mode) {
        TaskSpec spec = new TaskSpec(
                "test",
                mode,
                databases.endpoint(sourceName),
                Dialect.POSTGRESQL,
                databases.endpoint(targetName),
                List.of(),
                List.of(),
                2,
                new RetryWindows(10, 1),
                null);
        return new TaskOrder(taskId, 1, phase, spec, tables, Instant.EPOCH);
    }

    void change(Operation operation, ChangePosition position, String... after) {
        topic.change(table, operation, position, null, after);
    }

    /** A position that no snapshot has seen. */
    static ChangePosition at(long transaction, long order) {
        return at(new Lsn(Long.MAX_VALUE - 1_000_000 + 10 * transaction), 4_000_000 + transaction, order);
    }

    static ChangePosition at(Lsn commit, long xid, long order) {
        return new ChangePosition(commit, xid, order);
    }

    void awaitRows(String... rows) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(databases.ask(
                                targetName,
                                "SELECT string_agg(concat_ws('|', id, name, note), E'\\n' ORDER BY id) FROM item"))
                        .isEqualTo(String.join("\n", rows)));
    }

    long count(String sql) {
        return Long.parseLong(databases.ask(targetName, sql));
    }
}
