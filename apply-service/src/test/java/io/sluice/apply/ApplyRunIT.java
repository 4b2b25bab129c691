package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.position.FencedException;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

    private final TestingDatabases databases = new TestingDatabases(server);
    private final String taskId = databases.taskId();
    private final String sourceName = databases.source();
    private final String targetName = databases.target();
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
                seenAt = Lsn.parse(TestingDatabases.text(seen, "SELECT pg_current_wal_insert_lsn()::text"));
            }
            topic.heartbeat(new Lsn(1));
            topic.flush();
            Run run = run();
            await().until(() -> run.context.reached(Fact.Step.APPLYING));
            open.commit();
            Lsn earlyAt = Lsn.parse(TestingDatabases.text(early, "SELECT pg_current_wal_insert_lsn()::text"));

            // The record's values differ from the row's only to show whether it was applied.
            change(Operation.INSERT, at(seenAt, seenXid, 1), "1", "seen", "applied a second time");
            topic.end(at(seenAt, seenXid, 2));
            change(Operation.INSERT, at(earlyAt, earlyXid, 1), "100", "early", "applied");
            topic.end(at(earlyAt, earlyXid, 2));
            topic.flush();
            awaitRows("1|seen|as the snapshot has it", "100|early|applied");
        }
    }

    /** It is in the log, and may be so before the slot's first change, but no snapshot sees it yet. */
    @Test
    void aCommitThatWaitsForAStandbyIsWaitedForBeforeTheFirstSnapshot() throws Exception {
        server.execute("postgres", "ALTER DATABASE " + targetName + " SET synchronous_commit = local");
        try (Connection waiting = server.connect(sourceName);
                Connection open = server.connect(sourceName);
                Statement statement = waiting.createStatement();
                Statement idle = open.createStatement()) {
            open.setAutoCommit(false);
            idle.execute("INSERT INTO item VALUES (2, 'idle', 'committed later')");
            server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
            server.execute("postgres", "SELECT pg_reload_conf()");
            await().until(() -> "nobody".equals(TestingDatabases.text(statement, "SHOW synchronous_standby_names")));
            CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("INSERT INTO item VALUES (1, 'a', 'waits')");
                } catch (SQLException e) {
                    throw new CompletionException(e);
                }
            });
            Run run;
            try {
                await().until(() -> count("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1);
                topic.heartbeat(new Lsn(1));
                topic.flush();
                run = run();
                await().until(() -> run.context.facts().stream().anyMatch(Fact.Retrying.class::isInstance));
                assertThat(commit).isNotDone();
                assertThat(count("SELECT count(*) FROM item")).isZero();
            } finally {
                server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
                server.execute("postgres", "SELECT pg_reload_conf()");
            }
            commit.join();
            await().until(() -> run.context.reached(Fact.Step.APPLYING));
            assertThat(run.context.facts()).contains(new Fact.Recovered());
            awaitRows("1|a|waits");
        }
    }

    @Test
    void aTableThatIsMadeAnewWhileItIsLoadedIsNotTakenForTheOneThatIsStreamed() throws Exception {
        server.execute(
                sourceName,
                "INSERT INTO item SELECT i, 'n' || i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "ANALYZE item");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run(slowly(1_000_000), context(), new Claimant());
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(count("SELECT count(*) FROM _sluice.load_piece"))
                        .isPositive());
        try (Connection connection = server.connect(sourceName);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("DROP TABLE item");
            statement.execute("CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, note text)");
            connection.commit();
        }
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context.facts().toString()).contains("was dropped and made anew");
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
        try (Connections target = databases.connections("target", targetName)) {
            TaskEnd.carryOut(order(Phase.STOP), target, context());
        }
        assertThatThrownBy(() -> run().done.join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(ErrorCode.TASK_FENCED));
        try (Connections target = databases.connections("target", targetName)) {
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
        try (Connections target = databases.connections("target", targetName)) {
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
        Endpoint endpoint = databases.endpoint(targetName);
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
                assertThat(one.sql()).isEqualTo(CleanUpSql.forgetTask(taskId));
            });
        }
        server.execute(targetName, CleanUpSql.forgetTask(taskId));
        assertThat(hasBookkeeping()).isFalse();
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
        try (Connections target = databases.connections("target", targetName)) {
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
    void aForeignRecordIsNamedWithItsOffsetAndWhatCameBeforeItIsApplied() {
        Run run = streaming("(1, 'a', 'x')");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.foreign("{\"secret\": 1}");
        change(Operation.UPDATE, at(2, 1), "1", "c", "x");
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.CHANGE_UNREADABLE);
        assertThatThrownBy(run.done::join).hasMessageContaining("Offset 3").hasMessageNotContaining("secret");
        awaitRows("1|b|x");
    }

    @Test
    void whoHoldsALockOnTheTargetIsNamed() throws SQLException {
        Run run = streaming("(1, 'a', 'x')");
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SET application_name = 'by hand'");
            statement.execute("LOCK TABLE item IN SHARE MODE");
            change(Operation.UPDATE, at(1, 1), "1", "b", "x");
            topic.end(at(1, 2));
            topic.flush();
            assertFails(run, ErrorCode.OBJECT_LOCKED);
            assertThatThrownBy(run.done::join).hasMessageContaining("by hand").hasMessageContaining("item");
        }
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
        assertThat(databases.ask(targetName, all)).isEqualTo(databases.ask(sourceName, all));
        String indexes = "SELECT string_agg(pg_get_indexdef(indexrelid), ';' ORDER BY indexrelid::regclass::text)"
                + " FROM pg_index WHERE indrelid = '\"Odd Schema\".\"Töble\"'::regclass";
        assertThat(databases.ask(targetName, indexes)).isEqualTo(databases.ask(sourceName, indexes));
        server.execute(targetName, "INSERT INTO \"Odd Schema\".\"Töble\" (t) VALUES ('next')");
        assertThat(databases.ask(
                        targetName,
                        "SELECT id || ':' || n || ':' || share FROM \"Odd Schema\".\"Töble\" WHERE t = 'next'"))
                .isEqualTo("1001:1001:50.00");
    }

    @Test
    void changesAloneGoToTablesThatAreThere() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x'), (2, 'b', 'y')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        assertFails(run(changesAlone(), context(), new Claimant()), ErrorCode.TARGET_OBJECT_MISSING);

        server.execute(
                targetName,
                "CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, note text, own int)",
                "INSERT INTO item VALUES (1, 'a', 'copied by other means')");
        Run run = run(changesAlone(), context(), new Claimant());
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
        // One that every snapshot of the source has seen: nothing was copied, so it counts.
        topic.describe(table, Operation.INSERT, at(new Lsn(2), 3, 1), "2", "b", "y");
        topic.end(at(new Lsn(2), 3, 2));
        topic.flush();
        awaitRows("1|a|copied by other means", "2|b|y");
        assertThat(run.context.facts()).doesNotContain(new Fact.StepReached(Fact.Step.STRUCTURE));
        run.context.stop();
        await().until(run.done::isDone);

        Run again = run(changesAlone(), context(), new Claimant());
        change(Operation.UPDATE, at(1, 1), "2", "b", "z");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|a|copied by other means", "2|b|z");
        assertThat(again.done).isNotDone();
    }

    @Test
    void commandsAreCarriedOutBetweenTheRowsAndARefusedOneOnceItsCauseIsGone() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run(withDdl(), context(), new Claimant());
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
        SourceTable first = itemTable(List.of());
        SourceTable.Column extra = new SourceTable.Column(4, "extra", "integer", true, "5", "", null, null, "7");
        SourceTable second = itemTable(List.of(), extra);
        ChangeEncoder.Table wider = topic.encoder()
                .table(
                        TABLE,
                        List.of(
                                new Column("id", JsonType.INTEGER, true),
                                new Column("name", JsonType.TEXT, false),
                                new Column("note", JsonType.TEXT, false),
                                new Column("extra", JsonType.INTEGER, false)));
        change(Operation.INSERT, at(1, 1), "2", "b", "before");
        topic.ddl(at(1, 2), altered(first, second));
        topic.change(wider, Operation.INSERT, at(1, 3), null, new String[] {"3", "c", "after", "9"});
        topic.end(at(1, 4));
        topic.flush();
        await().until(() -> "1:7,2:7,3:9".equals(databases.ask(targetName, """
                        SELECT string_agg(id || ':' || (to_jsonb(item) ->> 'extra'), ',' ORDER BY id) FROM item""")));

        SourceTable third =
                itemTable(List.of(new SourceTable.Constraint("short", "c", "CHECK ((length(name) < 2))")), extra);
        server.execute(targetName, "UPDATE item SET name = 'too long' WHERE id = 2");
        topic.ddl(at(2, 1), altered(second, third));
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context.facts().toString()).contains("ALTER TABLE item …", "short");
        server.execute(targetName, "UPDATE item SET name = 'b' WHERE id = 2");
        Run again = run(withDdl(), context(), new Claimant());
        await().until(() -> count("SELECT count(*) FROM pg_constraint WHERE conname = 'short'") == 1);
        assertThat(databases.ask(
                        targetName,
                        "SELECT column_default FROM information_schema.columns"
                                + " WHERE table_name = 'item' AND column_name = 'extra'"))
                .isEqualTo("5");

        topic.change(wider, Operation.DELETE, at(3, 1), new String[] {"3", null, null, null}, null);
        SourceObject dropped =
                new SourceObject("table", "public", "item", true, third, null, null, List.of(), List.of());
        topic.ddl(at(3, 2), new DdlContent("DROP TABLE", "DROP TABLE item", List.of(dropped), null));
        topic.end(at(3, 3));
        topic.flush();
        await().until(() -> count("SELECT count(*) FROM pg_class WHERE relname = 'item'") == 0);
        assertThat(again.done).isNotDone();
    }

    @Test
    void aColumnThatIsGoneIsNoticedAtTheNextChange() {
        Run run = streaming("(1, 'a', 'x')");
        ChangeEncoder.Table narrower = topic.encoder()
                .table(
                        TABLE,
                        List.of(new Column("id", JsonType.INTEGER, true), new Column("name", JsonType.TEXT, false)));
        topic.describe(narrower, Operation.UPDATE, at(1, 1), "1", "b");
        topic.end(at(1, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context.facts().toString()).contains("lost columns at the source: note");
    }

    @Test
    void columnsOfTheTargetThatNothingGoesToAreLeftAlone() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        server.execute(
                targetName,
                "CREATE TABLE item (own text DEFAULT 'theirs', id int PRIMARY KEY, name text UNIQUE, note text, more int)");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        StructureChoice keep =
                new StructureChoice(true, null, StructureChoice.ExistingTable.KEEP, StructureChoice.NameCase.SOURCE);
        Run run = run(order(ChangeChoice.DEFAULT, LoadLimits.NONE, keep), context(), new Claimant());
        await().until(() -> run.context.reached(Fact.Step.APPLYING));
        server.execute(targetName, "UPDATE item SET more = 7");
        topic.describe(table, Operation.UPDATE, at(1, 1), "1", "b", "y");
        change(Operation.INSERT, at(1, 2), "2", "c", "z");
        topic.end(at(1, 3));
        topic.flush();
        awaitRows("1|b|y", "2|c|z");
        assertThat(databases.ask(targetName, "SELECT string_agg(own || coalesce(more, 0), ' ' ORDER BY id) FROM item"))
                .isEqualTo("theirs7 theirs0");

        // What is lost at the source is told from them.
        ChangeEncoder.Table narrower = topic.encoder()
                .table(
                        TABLE,
                        List.of(new Column("id", JsonType.INTEGER, true), new Column("name", JsonType.TEXT, false)));
        topic.describe(narrower, Operation.UPDATE, at(2, 1), "1", "d");
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context.facts().toString()).contains("lost columns at the source: note.");
    }

    private static DdlContent altered(SourceTable before, SourceTable after) {
        SourceObject table =
                new SourceObject("table", "public", "item", false, before, after, null, List.of(), List.of());
        return new DdlContent("ALTER TABLE", "ALTER TABLE item …", List.of(table), null);
    }

    private static SourceTable itemTable(List<SourceTable.Constraint> constraints, SourceTable.Column... more) {
        List<SourceTable.Column> columns = new ArrayList<>(List.of(
                new SourceTable.Column(1, "id", "integer", true, null, "", null, null, null),
                new SourceTable.Column(2, "name", "text", false, null, "", null, null, null),
                new SourceTable.Column(3, "note", "text", false, null, "", null, null, null)));
        columns.addAll(List.of(more));
        return new SourceTable("public", "item", columns, constraints, List.of(), 1L);
    }

    private TaskOrder withDdl() {
        return order(
                new ChangeChoice(List.of(ChangeChoice.Operation.values()), ChangeChoice.Conflict.OVERWRITE, 1),
                LoadLimits.NONE,
                StructureChoice.DEFAULT);
    }

    private TaskOrder slowly(long bytesPerSecond) {
        return order(
                ChangeChoice.DEFAULT, new LoadLimits(null, bytesPerSecond, null, List.of()), StructureChoice.DEFAULT);
    }

    private TaskOrder order(ChangeChoice changes, LoadLimits limits, StructureChoice structure) {
        TaskOrder order = order(Phase.RUN);
        TaskSpec spec = order.spec();
        TaskSpec ddl = new TaskSpec(
                spec.name(),
                spec.mode(),
                spec.source(),
                spec.dialect(),
                spec.target(),
                spec.choices(),
                spec.exclude(),
                spec.loadWorkers(),
                spec.retry(),
                null,
                structure,
                changes,
                spec.transforms(),
                limits,
                spec.changeLimits(),
                null);
        return new TaskOrder(taskId, 1, Phase.RUN, ddl, order.tables(), order.at());
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
        return new Run(context, databases.run(order, KafkaAccess.of(kafka.securedClient()), context, claimant));
    }

    private TestingContext context() {
        TestingContext context = new TestingContext();
        contexts.add(context);
        return context;
    }

    private TaskOrder order(Phase phase) {
        return order(phase, List.of(TABLE));
    }

    private TaskOrder changesAlone() {
        return order(Phase.RUN, List.of(TABLE), SyncMode.INCREMENTAL);
    }

    private TaskOrder order(Phase phase, List<TableName> tables) {
        return order(phase, tables, SyncMode.FULL_AND_INCREMENTAL);
    }

    private TaskOrder order(Phase phase, List<TableName> tables, SyncMode mode) {
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
                .untilAsserted(() -> assertThat(databases.ask(
                                targetName,
                                "SELECT string_agg(concat_ws('|', id, name, note), E'\\n' ORDER BY id) FROM item"))
                        .isEqualTo(String.join("\n", rows)));
    }

    private long count(String sql) {
        return Long.parseLong(databases.ask(targetName, sql));
    }

    private static long number(Statement statement, String sql) throws SQLException {
        return Long.parseLong(TestingDatabases.text(statement, sql));
    }
}
