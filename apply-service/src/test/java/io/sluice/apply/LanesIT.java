package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that write with several sessions at once, from a change topic that is written by hand. */
class LanesIT {

    private static final PostgresServer server = SharedServers.postgres();
    private static final KafkaServer kafka = SharedServers.kafka();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final String target = databases.target();

    static List<Long> seeds() {
        long first = Long.getLong("sluice.seed", System.nanoTime());
        return LongStream.range(first, first + (Boolean.getBoolean("sluice.soak") ? 40 : 2))
                .boxed()
                .toList();
    }

    /**
     * With STOP a change that is applied twice, or out of its order, stops the run for good. Whenever the stream's session
     * is about to end a batch, a session of another lane may die, so that some lanes have committed and it has not; the next
     * run has another number of lanes.
     */
    @ParameterizedTest(name = "-Dsluice.seed={0}")
    @MethodSource("seeds")
    void everyChangeIsAppliedOnceWhateverDiesBetweenTheCommitsOfTheLanes(long seed) throws Exception {
        Random random = new Random(~seed);
        server.execute(databases.source(), LaneWorkload.DDL);
        server.execute(target, LaneWorkload.DDL);
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            LaneWorkload workload = new LaneWorkload(topic, seed);
            workload.write(2_000, true);
            assertThat(runUntil(topic.records(), 4, Conflict.STOP)).isTrue();
            assertThat(number("SELECT max(next_offset) FROM _sluice.lane")).isPositive();
            letLanesDie();
            int halves = 0;
            for (int round = 0; round < 6; round++) {
                boolean calm = round % 2 == 0;
                workload.write(300 + random.nextInt(2_500), calm);
                chance(calm ? 1 : 0.4);
                int lanes = 3 + random.nextInt(3);
                for (int attempt = 0; !runUntil(topic.records(), lanes, Conflict.STOP); attempt++) {
                    assertThat(attempt).isLessThan(50);
                    chance(0.4);
                    lanes = 1 + random.nextInt(5);
                    halves += number("SELECT count(*) FROM _sluice.lane JOIN _sluice.task USING (task_id)"
                                            + " WHERE next_offset > topic_offset")
                                    > 0
                            ? 1
                            : 0;
                }
                workload.expected()
                        .forEach((query, rows) -> assertThat(databases.ask(target, query))
                                .as(query)
                                .isEqualTo(rows));
            }
            assertThat(halves).isPositive();
        }
    }

    @Test
    void aRefusedRowOfALargeBatchIsAnExceptionAndTheOthersAreThere() throws Exception {
        server.execute(databases.source(), LaneWorkload.DDL);
        server.execute(target, LaneWorkload.DDL);
        server.execute(target, "ALTER TABLE item ADD CONSTRAINT short CHECK (length(name) < 6)");
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            ChangeEncoder.Table item = topic.encoder()
                    .table(
                            LaneWorkload.TABLES.getFirst(),
                            List.of(
                                    new Column("id", JsonType.INTEGER, true),
                                    new Column("name", JsonType.TEXT, false),
                                    new Column("note", JsonType.TEXT, false)));
            for (int i = 1; i <= 1_000; i++) {
                String name = i == 500 ? "too long" : "name";
                topic.change(
                        item, Operation.INSERT, at(i), null, new String[] {Integer.toString(i), name, "note " + i});
            }
            topic.end(at(1_001));
            topic.flush();
            assertThat(runUntil(topic.records(), 3, Conflict.OVERWRITE)).isTrue();
            assertThat(number("SELECT count(*) FROM item")).isEqualTo(999);
            assertThat(number("SELECT count(*) FROM _sluice.exception WHERE state = 'OPEN'"))
                    .isEqualTo(1);
        }
    }

    /** Batches before it were written for another table than those after it. */
    @Test
    void aCommandIsABarrierBetweenTheLanes() throws Exception {
        server.execute(databases.source(), LaneWorkload.DDL);
        server.execute(target, LaneWorkload.DDL);
        List<SourceTable.Column> columns = List.of(
                new SourceTable.Column(1, "id", "integer", true, null, "", null, null, null),
                new SourceTable.Column(2, "name", "text", false, null, "", null, null, null),
                new SourceTable.Column(3, "note", "text", false, null, "", null, null, null),
                new SourceTable.Column(4, "more", "integer", false, "7", "", null, null, "7"),
                new SourceTable.Column(4, "other", "integer", false, "7", "", null, null, "7"));
        SourceTable first = table(columns.subList(0, 3));
        SourceTable second = table(columns.subList(0, 4));
        SourceTable third = table(List.of(columns.get(0), columns.get(1), columns.get(4)));
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            rows(topic, 1, Operation.INSERT, first);
            altered(topic, 2, first, second);
            rows(topic, 3, Operation.UPDATE, second);
            altered(topic, 4, second, third);
            rows(topic, 5, Operation.UPDATE, third);
            topic.flush();
            assertThat(runUntil(topic.records(), 3, Conflict.STOP)).isTrue();
            assertThat(number("SELECT max(next_offset) FROM _sluice.lane")).isGreaterThan(1_500);
            assertThat(databases.ask(target, "SELECT to_jsonb(item)::text FROM item WHERE id = 700"))
                    .isEqualTo("{\"id\": 700, \"name\": \"5\", \"other\": 5}");
            assertThat(number("SELECT count(*) FROM item WHERE name = '5' AND other = 5"))
                    .isEqualTo(700);
        }
    }

    private static SourceTable table(List<SourceTable.Column> columns) {
        return new SourceTable("public", "item", columns, List.of(), List.of(), 1L);
    }

    private static void altered(TestingTopic topic, int transaction, SourceTable before, SourceTable after) {
        SourceObject object = new SourceObject(
                "table", "public", "item", false, before, after, null, List.of(), List.of(), Set.of(), List.of(), null);
        ChangePosition position = new ChangePosition(new Lsn(1_000L + transaction), transaction, 1);
        topic.ddl(position, new DdlContent("ALTER TABLE", "ALTER TABLE item …", List.of(object), null));
        topic.end(new ChangePosition(position.commitLsn(), transaction, 2));
    }

    /** All 700, with the transaction's number in every other column. */
    private static void rows(TestingTopic topic, int transaction, Operation operation, SourceTable table) {
        List<Column> columns = new ArrayList<>();
        for (SourceTable.Column column : table.columns()) {
            boolean number = column.type().equals("integer");
            columns.add(new Column(
                    column.name(),
                    number ? JsonType.INTEGER : JsonType.TEXT,
                    column.name().equals("id")));
        }
        ChangeEncoder.Table shape = topic.encoder().table(LaneWorkload.TABLES.getFirst(), columns);
        Lsn commit = new Lsn(1_000L + transaction);
        for (int id = 1; id <= 700; id++) {
            String[] values = new String[columns.size()];
            Arrays.fill(values, Integer.toString(transaction));
            values[0] = Integer.toString(id);
            topic.change(shape, operation, new ChangePosition(commit, transaction, id), null, values);
        }
        topic.end(new ChangePosition(commit, transaction, 701));
    }

    /** A position is committed with its rows: a crash of the target takes the newest of both, and they are applied again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void noBatchWaitsForTheDisk(int lanes) throws Exception {
        server.execute(databases.source(), LaneWorkload.DDL);
        server.execute(target, LaneWorkload.DDL);
        server.execute(
                target,
                "CREATE TABLE seen (setting text)",
                "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$",
                "CREATE TRIGGER look AFTER INSERT ON item FOR EACH STATEMENT EXECUTE FUNCTION look()",
                "ALTER TABLE item ENABLE ALWAYS TRIGGER look");
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            new LaneWorkload(topic, 1).write(500, true);
            assertThat(runUntil(topic.records(), lanes, Conflict.STOP)).isTrue();
        }
        assertThat(databases.ask(target, "SELECT string_agg(DISTINCT setting, ' ') FROM seen"))
                .isEqualTo("off");
    }

    private static ChangePosition at(int order) {
        return new ChangePosition(new Lsn(1000), 7, order);
    }

    /** It is the last thing before the commits that the stream's session moves the task's position. */
    private void letLanesDie() {
        server.execute(
                target,
                "CREATE TABLE dying (chance float)",
                "INSERT INTO dying VALUES (0)",
                """
                CREATE FUNCTION let_one_die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF new.topic_offset > old.topic_offset AND random() < (SELECT chance FROM public.dying) THEN
                        PERFORM pg_sleep(0.05);
                        PERFORM pg_terminate_backend(pid) FROM (
                            SELECT pid FROM pg_stat_activity
                            WHERE application_name = 'sluice-apply %s' AND state = 'idle in transaction'
                              AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) AS one;
                    END IF;
                    RETURN new;
                END $$""".formatted(databases.taskId()),
                "CREATE TRIGGER let_one_die BEFORE UPDATE ON _sluice.task FOR EACH ROW EXECUTE FUNCTION let_one_die()",
                "ALTER TABLE _sluice.task ENABLE ALWAYS TRIGGER let_one_die");
    }

    private void chance(double chance) {
        server.execute(target, "UPDATE dying SET chance = " + chance);
    }

    /** Returns false when the run has ended before the target was there. */
    private boolean runUntil(long offset, int lanes, Conflict conflict) {
        TestingContext context = new TestingContext();
        CompletableFuture<Void> run =
                databases.run(order(lanes, conflict), KafkaAccess.of(kafka.securedClient()), context, new Claimant());
        try {
            await().atMost(Duration.ofMinutes(1)).until(() -> run.isDone() || position() >= offset);
            assertThat(context.facts().toString()).doesNotContain("ROW_CONFLICT");
            return position() >= offset;
        } finally {
            context.stop();
            await().until(run::isDone);
        }
    }

    private long position() {
        return number("SELECT to_regclass('_sluice.task') IS NOT NULL") == 0
                ? 0
                : number("SELECT max(topic_offset) FROM _sluice.task");
    }

    private long number(String sql) {
        String answer = databases.ask(target, sql);
        return answer.equals("null") || answer.equals("f") ? 0 : answer.equals("t") ? 1 : Long.parseLong(answer);
    }

    private TaskOrder order(int lanes, Conflict conflict) {
        return databases.order(
                LaneWorkload.TABLES,
                SyncMode.INCREMENTAL,
                new ChangeChoice(List.of(ChangeChoice.Operation.values()), conflict, lanes));
    }
}
