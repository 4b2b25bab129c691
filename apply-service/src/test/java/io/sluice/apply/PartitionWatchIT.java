package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is done to partitions of the source of which PostgreSQL publishes nothing. */
class PartitionWatchIT {

    private static final PostgresServer server = SharedServers.postgres();
    private static final KafkaServer kafka = SharedServers.kafka();

    private final TestingDatabases databases = new TestingDatabases(server);
    private SyncMode mode = SyncMode.FULL_AND_INCREMENTAL;
    private TestingContext context = new TestingContext();
    private CompletableFuture<Void> run = CompletableFuture.completedFuture(null);

    @AfterEach
    void stop() {
        context.stop();
        await().until(run::isDone);
    }

    @Test
    void rowsThatComeAndGoWithAPartitionAreNamedAndNothingElseIs() throws Exception {
        onSource("CREATE TABLE part (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)");
        for (int i = 1; i <= 4; i++) {
            onSource("CREATE TABLE p%1$d PARTITION OF part FOR VALUES FROM (%1$d00) TO (%1$d99)".formatted(i));
        }
        onSource("INSERT INTO part SELECT i, 'v' FROM generate_series(100, 498) i WHERE i % 100 <> 99");
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            topic.flush();
            begin();

            onSource(
                    "CREATE TABLE p5 PARTITION OF part FOR VALUES FROM (500) TO (599)",
                    "INSERT INTO part VALUES (500, 'in the stream')",
                    "CREATE TABLE p6 (LIKE part INCLUDING ALL)",
                    "ALTER TABLE part ATTACH PARTITION p6 FOR VALUES FROM (600) TO (699)",
                    "VACUUM FULL p1");
            awaitNoted();
            assertThat(open()).isEmpty();

            onSource(
                    "CREATE TABLE p7 (LIKE part INCLUDING ALL)",
                    "INSERT INTO p7 VALUES (700, 'never in the stream')",
                    "ALTER TABLE part ATTACH PARTITION p7 FOR VALUES FROM (700) TO (799)",
                    "ALTER TABLE part DETACH PARTITION p2",
                    "TRUNCATE p3",
                    "INSERT INTO part VALUES (300, 'in the stream')");
            awaitNoted();
            assertThat(open())
                    .contains("public.p7 was attached with rows", "1 partition was detached", "public.p3 was truncated")
                    .doesNotContain("public.p5", "public.p6", "public.p1");

            // That is in the stream.
            onSource("TRUNCATE part");
            String before = open();
            awaitNoted();
            assertThat(open()).isEqualTo(before);

            server.execute(databases.target(), "UPDATE _sluice.exception SET wish = 'RETRY'");
            await().until(() ->
                    onTarget("SELECT count(wish) FROM _sluice.exception").equals("0"));
            assertThat(open()).isEqualTo(before);
            assertThat(onTarget("SELECT count(*) > 0 FROM part")).isEqualTo("t");
            server.execute(databases.target(), "UPDATE _sluice.exception SET wish = 'SKIP'");
            await().until(() -> open().isEmpty());
        }
    }

    /** A task that was never to load them looks at them from its start on. */
    @Test
    void partitionsOfTablesThatWereTakenAsTheyAreAreWatchedToo() throws Exception {
        mode = SyncMode.INCREMENTAL;
        for (String database : List.of(databases.source(), databases.target())) {
            server.execute(
                    database,
                    "CREATE TABLE part (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p1 PARTITION OF part FOR VALUES FROM (100) TO (199)",
                    "CREATE TABLE p2 PARTITION OF part FOR VALUES FROM (200) TO (299)",
                    "INSERT INTO part VALUES (100, 'v'), (200, 'v')");
        }
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            topic.flush();
            begin();
            onSource("CREATE TABLE p3 PARTITION OF part FOR VALUES FROM (300) TO (399)", "VACUUM FULL p1");
            awaitNoted();
            assertThat(open()).isEmpty();

            onSource("TRUNCATE p2");
            awaitNoted();
            assertThat(open()).contains("public.p2 was truncated").doesNotContain("p1", "p3", "Reload");
        }
    }

    private void begin() {
        context = new TestingContext();
        run = databases.run(
                databases.order(List.of(new TableName("public", "part")), mode, ChangeChoice.DEFAULT),
                KafkaAccess.of(kafka.securedClient()),
                context,
                new Claimant());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> context.reached(Fact.Step.APPLYING) || run.isCompletedExceptionally());
    }

    /** A run that begins looks at once. */
    private void awaitNoted() {
        stop();
        begin();
        String files = databases.ask(databases.source(), """
                SELECT string_agg(c.oid || ':' || pg_relation_filenode(c.oid), ',' ORDER BY
                    (c.oid || ':' || pg_relation_filenode(c.oid)) COLLATE "C")
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE inhparent = 'part'::regclass""");
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        onTarget("SELECT source_files FROM _sluice.table_load").equals(files));
    }

    private String open() {
        return onTarget("SELECT coalesce(string_agg(message, ';'), '') FROM _sluice.exception WHERE state = 'OPEN'");
    }

    private String onTarget(String sql) {
        return databases.ask(databases.target(), sql);
    }

    private void onSource(String... sql) {
        server.execute(databases.source(), sql);
    }
}
