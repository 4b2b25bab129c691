package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.apply.position.FencedException;
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
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One run of a task against a real source, target and Kafka; the change topic is written by hand. */
class ApplyRunIT {

    private static final TableName TABLE = new TableName("public", "item");

    private static PostgresServer server;
    private static KafkaServer kafka;

    private final String taskId = UUID.randomUUID().toString();
    private final String sourceName = "source_" + taskId.substring(0, 8);
    private final String targetName = "target_" + taskId.substring(0, 8);
    private final List<TestingContext> contexts = new ArrayList<>();
    private TestingTopic topic;
    private ChangeEncoder.Table table;

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
        server.createDatabase(sourceName);
        server.createDatabase(targetName);
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

    @Test
    void whatTheSnapshotSawIsNotAppliedAgainAndWhatItDidNotSeeIsApplied() throws Exception {
        try (Connection open = server.connect(sourceName);
                Statement early = open.createStatement()) {
            open.setAutoCommit(false);
            early.execute("INSERT INTO item VALUES (100, 'early', 'begun before, committed after the snapshot')");
            long earlyXid = number(early, "SELECT pg_current_xact_id()::text::bigint");
            long seenXid;
            Lsn seenAt;
            try (Connection other = server.connect(sourceName);
                    Statement seen = other.createStatement()) {
                other.setAutoCommit(false);
                seen.execute("INSERT INTO item VALUES (1, 'seen', 'as the snapshot has it')");
                seenXid = number(seen, "SELECT pg_current_xact_id()::text::bigint");
                other.commit();
                seenAt = Lsn.parse(text(seen, "SELECT pg_current_wal_insert_lsn()::text"));
            }
            topic.heartbeat(new Lsn(1));
            topic.flush();
            Run run = run();
            await().until(() -> run.context.reached(Fact.Step.APPLYING));
            open.commit();
            Lsn earlyAt = Lsn.parse(text(early, "SELECT pg_current_wal_insert_lsn()::text"));

            // The record's values differ from the row's only to show whether it was applied.
            change(Operation.INSERT, at(seenAt, seenXid, 1), "1", "seen", "applied a second time");
            topic.end(at(seenAt, seenXid, 2));
            change(Operation.INSERT, at(earlyAt, earlyXid, 1), "100", "early", "applied");
            topic.end(at(earlyAt, earlyXid, 2));
            topic.flush();
            awaitRows("1|seen|as the snapshot has it", "100|early|applied");
        }
    }

    @Test
    void rowsThatSwapAUniqueValueAreAppliedInOrder() {
        Run run = streaming("(1, 'a', 'x'), (2, 'b', 'y')");
        change(Operation.UPDATE, at(1, 1), "1", "c", "x");
        change(Operation.UPDATE, at(1, 2), "2", "a", "y");
        change(Operation.UPDATE, at(1, 3), "1", "b", "x");
        topic.end(at(1, 4));
        topic.flush();
        awaitRows("1|b|x", "2|a|y");
        assertThat(run.context.facts()).noneMatch(Fact.Failed.class::isInstance);
    }

    @Test
    void aTransactionLargerThanMemoryIsOneTransactionOnTheTarget() {
        Run run = streaming("(0, 'first', '')");
        int rows = 50_000;
        for (int i = 1; i <= rows; i++) {
            change(Operation.INSERT, at(1, i), Integer.toString(i), "n" + i, "");
        }
        topic.flush();
        // A part of it is written when the session has a transaction open with rows in it.
        await().until(() -> count("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                        + " WHERE a.application_name = 'sluice-apply " + taskId
                        + "' AND l.relation = 'item'::regclass AND l.mode = 'RowExclusiveLock'")
                > 0);
        assertThat(count("SELECT count(*) FROM item")).isEqualTo(1);
        topic.end(at(1, rows + 1));
        topic.flush();
        await().until(() -> count("SELECT count(*) FROM item") == rows + 1);
        assertThat(run.context.facts()).noneMatch(Fact.Failed.class::isInstance);
    }

    @Test
    void anUnchangedLargeValueSurvivesAChangeOfTheKey() {
        streaming("(1, 'a', 'large')");
        topic.change(table, Operation.UPDATE, at(1, 1), new String[] {"1", null, null}, new String[] {
            "7", "b", ChangeEncoder.UNCHANGED
        });
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("7|b|large");
    }

    @Test
    void aRunThatWasOvertakenDoesNotTakeTheTaskBack() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Claimant overtaken = new Claimant();
        Run first = run(List.of(TABLE), context(), overtaken);
        await().until(() -> first.context.reached(Fact.Step.APPLYING));
        Run second = run();
        await().until(() -> second.context.reached(Fact.Step.APPLYING));
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|b|x");
        await().until(first.done::isDone);
        assertThatThrownBy(() -> run(List.of(TABLE), context(), overtaken).done.join())
                .hasCauseInstanceOf(FencedException.class);
        assertThat(second.done).isNotDone();
    }

    @Test
    void anEndedTaskIsFenced() throws Exception {
        Run run = streaming("(1, 'a', 'x')");
        run.context.stop();
        await().until(run.done::isDone);
        try (Connections target = connections("target", targetName)) {
            TaskEnd.carryOut(order(Phase.STOP), target, context());
        }
        assertThatThrownBy(() -> run().done.join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(ErrorCode.TASK_FENCED));
        try (Connections target = connections("target", targetName)) {
            TaskEnd.carryOut(order(Phase.DELETE), target, context());
        }
        assertThat(count("SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice'"))
                .isZero();
    }

    @Test
    void lostBookkeepingIsNamedAndNothingIsLoadedAgain() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Claimant claimant = new Claimant();
        Run run = run(List.of(TABLE), context(), claimant);
        await().until(() -> run.context.reached(Fact.Step.APPLYING));

        server.execute(targetName, "DROP SCHEMA _sluice CASCADE", "DROP TABLE item");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        await().until(run.done::isDone);
        assertFails(run(List.of(TABLE), context(), claimant), ErrorCode.BOOKKEEPING_LOST);
        assertFails(begun(), ErrorCode.BOOKKEEPING_LOST);
        assertThat(hasBookkeeping()).isFalse();
        assertThat(count("SELECT count(*) FROM pg_class WHERE relname = 'item'"))
                .isZero();
    }

    @Test
    void aLostRowOfTheBookkeepingIsNamedToo() {
        Run run = streaming("(1, 'a', 'x')");
        run.context.stop();
        await().until(run.done::isDone);
        server.execute(targetName, "DELETE FROM _sluice.task");
        assertFails(begun(), ErrorCode.BOOKKEEPING_LOST);
        assertThat(count("SELECT count(*) FROM _sluice.task")).isZero();
    }

    @Test
    void aRunThatComesAfterTheDeletionMakesNothing() throws Exception {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Claimant late = new Claimant();
        Run first = run(List.of(TABLE), context(), late);
        await().until(() -> first.context.reached(Fact.Step.APPLYING));
        try (Connections target = connections("target", targetName)) {
            assertThat(TaskEnd.carryOut(order(Phase.DELETE), target, context())).isEmpty();
        }
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        await().until(first.done::isDone);
        assertFails(run(List.of(TABLE), context(), late.afterFence()), ErrorCode.BOOKKEEPING_LOST);
        assertThat(hasBookkeeping()).isFalse();
    }

    @Test
    void nothingIsMadeBeforeCaptureHasBegun() throws Exception {
        Run run = run();
        run.context.stop();
        run.done.get();
        assertThat(hasBookkeeping()).isFalse();
    }

    @Test
    void whatADeletionCannotReachIsNamedWithItsSql() throws Exception {
        streaming("(1, 'a', 'x')").context.stop();
        server.execute(
                targetName,
                "DROP ROLE IF EXISTS powerless",
                "CREATE ROLE powerless LOGIN PASSWORD 'p'",
                "GRANT USAGE ON SCHEMA _sluice TO powerless",
                "GRANT SELECT ON ALL TABLES IN SCHEMA _sluice TO powerless");
        Endpoint endpoint = endpoint(targetName);
        Endpoint without = new Endpoint(
                endpoint.host(), endpoint.port(), targetName, "powerless", endpoint.password(), Tls.DISABLED);
        Endpoint nowhere = new Endpoint(endpoint.host(), 1, targetName, "powerless", endpoint.password(), Tls.DISABLED);
        for (Endpoint unfit : List.of(without, nowhere)) {
            List<Fact.Leftover> left;
            try (Connections target = new Connections("target", unfit, new Secret("p"), "test")) {
                left = TaskEnd.carryOut(order(Phase.DELETE), target, context());
            }
            assertThat(left).singleElement().satisfies(one -> {
                assertThat(one.what()).contains("_sluice");
                assertThat(one.reason()).isNotBlank();
                assertThat(one.sql()).isEqualTo("DELETE FROM _sluice.task WHERE task_id = '" + taskId + "'");
            });
        }
        server.execute(targetName, "DELETE FROM _sluice.task WHERE task_id = '" + taskId + "'");
        assertThat(count("SELECT count(*) FROM _sluice.table_load")).isZero();
    }

    @Test
    void theSchemaGoesWithItsLastTask() throws Exception {
        streaming("(1, 'a', 'x')").context.stop();
        server.execute(targetName, "INSERT INTO _sluice.task VALUES ('another', 1, '', 'LOADED', 0, '0/0')");
        delete();
        assertThat(hasBookkeeping()).isTrue();
        server.execute(targetName, "DELETE FROM _sluice.task");
        delete();
        assertThat(hasBookkeeping()).isFalse();
    }

    private void delete() {
        try (Connections target = connections("target", targetName)) {
            assertThat(TaskEnd.carryOut(order(Phase.DELETE), target, context())).isEmpty();
        }
    }

    private boolean hasBookkeeping() {
        return count("SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice'") == 1;
    }

    private static void assertFails(Run run, ErrorCode code) {
        assertThatThrownBy(run.done::join)
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(code));
    }

    @Test
    void changesThatRetentionTookAreNotPassedOver() throws Exception {
        Run run = streaming("(1, 'a', 'x')");
        run.context.stop();
        await().until(run.done::isDone);
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.deleteRecordsBefore(3);
        assertThatThrownBy(() -> run().done.join())
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(ErrorCode.CHANGES_EXPIRED));
        awaitRows("1|a|x");
    }

    @Test
    void everyKindOfColumnIsCopiedWithKeysIndexesDefaultsAndSequences() throws Exception {
        server.execute(
                sourceName,
                "CREATE SCHEMA \"Odd Schema\"",
                "CREATE TYPE \"Odd Schema\".mood AS ENUM ('so-so', 'it''s fine')",
                "CREATE DOMAIN percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100)",
                "CREATE TABLE \"Odd Schema\".\"Töble\" (id bigserial PRIMARY KEY, feeling \"Odd Schema\".mood,"
                        + " feelings \"Odd Schema\".mood[], share percent DEFAULT 50, twice int GENERATED ALWAYS AS (4 * 2)"
                        + " STORED, n int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now(), t text COLLATE \"C\")",
                "CREATE INDEX part ON \"Odd Schema\".\"Töble\" (lower(t)) WHERE share > 10",
                "INSERT INTO \"Odd Schema\".\"Töble\" (feeling, feelings, t) SELECT 'it''s fine',"
                        + " '{so-so,\"it''s fine\"}', 'row ' || i FROM generate_series(1, 1000) i");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run(List.of(new TableName("Odd Schema", "Töble"), TABLE));
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
        String all = "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM \"Odd Schema\".\"Töble\" t";
        assertThat(value(targetName, all)).isEqualTo(value(sourceName, all));
        String indexes = "SELECT string_agg(pg_get_indexdef(indexrelid), ';' ORDER BY indexrelid::regclass::text)"
                + " FROM pg_index WHERE indrelid = '\"Odd Schema\".\"Töble\"'::regclass";
        assertThat(value(targetName, indexes)).isEqualTo(value(sourceName, indexes));
        server.execute(targetName, "INSERT INTO \"Odd Schema\".\"Töble\" (t) VALUES ('next')");
        assertThat(value(
                        targetName,
                        "SELECT id || ':' || n || ':' || share FROM \"Odd Schema\".\"Töble\" WHERE t = 'next'"))
                .isEqualTo("1001:1001:50.00");
    }

    /** A run on a thread of its own. */
    private record Run(TestingContext context, CompletableFuture<Void> done) {}

    private Run streaming(String rows) {
        server.execute(sourceName, "INSERT INTO item VALUES " + rows);
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run();
        await().until(() -> run.context.reached(Fact.Step.APPLYING) || run.done.isCompletedExceptionally());
        return run;
    }

    private Run run() {
        return run(List.of(TABLE));
    }

    private Run run(List<TableName> tables) {
        return run(tables, context(), new Claimant());
    }

    /** As after a restart, with an order that says that the target is being filled already. */
    private Run begun() {
        TaskOrder order = order(Phase.RUN);
        return run(
                new TaskOrder(taskId, 1, Phase.RUN, order.spec(), order.tables(), order.at(), true),
                context(),
                new Claimant());
    }

    private Run run(List<TableName> tables, TestingContext context, Claimant claimant) {
        return run(order(Phase.RUN, tables), context, claimant);
    }

    private Run run(TaskOrder order, TestingContext context, Claimant claimant) {
        return new Run(
                context,
                CompletableFuture.runAsync(
                        () -> {
                            try (Connections source = connections("source", sourceName);
                                    Connections target = connections("target", targetName);
                                    ApplyMetrics metrics = new ApplyMetrics(new SimpleMeterRegistry(), taskId)) {
                                new ApplyRun(
                                                order,
                                                source,
                                                target,
                                                KafkaAccess.of(kafka.securedClient()),
                                                context,
                                                claimant,
                                                metrics)
                                        .run();
                            } catch (SluiceException e) {
                                if (!context.stopping()) {
                                    context.report(new Fact.Failed(e.code(), e.getMessage()));
                                    throw e;
                                }
                            }
                        },
                        task -> Thread.ofPlatform().start(task)));
    }

    private TestingContext context() {
        TestingContext context = new TestingContext();
        contexts.add(context);
        return context;
    }

    private TaskOrder order(Phase phase) {
        return order(phase, List.of(TABLE));
    }

    private TaskOrder order(Phase phase, List<TableName> tables) {
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL_AND_INCREMENTAL,
                endpoint(sourceName),
                Dialect.POSTGRESQL,
                endpoint(targetName),
                List.of(),
                List.of(),
                2,
                new RetryWindows(10, 1),
                null);
        return new TaskOrder(taskId, 1, phase, spec, tables, Instant.EPOCH);
    }

    private static Endpoint endpoint(String database) {
        return new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
    }

    private Connections connections(String what, String database) {
        return new Connections(what, endpoint(database), new Secret(server.password()), "sluice-apply " + taskId);
    }

    private void change(Operation operation, ChangePosition position, String... after) {
        topic.change(table, operation, position, null, after);
    }

    /** A position that no snapshot has seen. */
    private static ChangePosition at(long transaction, long order) {
        return at(new Lsn(Long.MAX_VALUE - 1000 + transaction), 4_000_000 + transaction, order);
    }

    private static ChangePosition at(Lsn commit, long xid, long order) {
        return new ChangePosition(commit, xid, order);
    }

    private void awaitRows(String... rows) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(value(
                                targetName,
                                "SELECT string_agg(concat_ws('|', id, name, note), E'\\n' ORDER BY id) FROM item"))
                        .isEqualTo(String.join("\n", rows)));
    }

    private long count(String sql) {
        return Long.parseLong(value(targetName, sql));
    }

    private static String value(String database, String sql) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            return text(statement, sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    private static long number(Statement statement, String sql) throws SQLException {
        return Long.parseLong(text(statement, sql));
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }
}
