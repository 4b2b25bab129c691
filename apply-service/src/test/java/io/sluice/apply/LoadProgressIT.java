package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is said of tables under way, from which their end is estimated. */
class LoadProgressIT {

    private static final TableName PARTED = new TableName("public", "parted");
    private static final TableName FRESH = new TableName("public", "fresh");

    private static final PostgresServer server = SharedServers.postgres();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final TestingContext context = new TestingContext();

    @AfterEach
    void end() {
        context.stop();
    }

    @Test
    void thereIsWhatAnEndCanBeToldFromAlsoWithoutStatisticsOfTheTableItself() {
        server.execute(
                databases.source(),
                "CREATE TABLE parted (id int PRIMARY KEY, line text) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (20000)",
                "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (20000) TO (90000) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_21 PARTITION OF parted_2 FOR VALUES FROM (20000) TO (90000)",
                "INSERT INTO parted SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                // As autovacuum does, which leaves the partitioned table out.
                "VACUUM ANALYZE parted_1",
                "VACUUM ANALYZE parted_21",
                "CREATE TABLE fresh (id int PRIMARY KEY, line text) WITH (autovacuum_enabled = false)",
                "INSERT INTO fresh SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i");
        assertThat(databases.ask(databases.source(), "SELECT reltuples FROM pg_class WHERE relname = 'parted'"))
                .isEqualTo("-1");
        CompletableFuture<Void> run = databases.run(
                databases.order(
                        List.of(PARTED, FRESH),
                        SyncMode.FULL,
                        ChangeChoice.DEFAULT,
                        new LoadLimits(null, 2_000_000L, null, List.of())),
                KafkaAccess.of(Map.of()),
                context,
                new Claimant());
        await().atMost(Duration.ofSeconds(60))
                .until(() -> said(FRESH).anyMatch(table -> table.bytesPerSecond() > 0 && table.percent() > 0)
                        && said(PARTED).anyMatch(table -> table.rowsPerSecond() > 0 && table.percent() > 0));
        assertThat(said(PARTED)).isNotEmpty().allMatch(table -> table.rowsEstimated() == 50_000);
        assertThat(said(FRESH)).isNotEmpty().allMatch(table -> table.rowsEstimated() == 0 && table.sourceBytes() > 0);
        context.stop();
        await().atMost(Duration.ofSeconds(30)).until(run::isDone);
    }

    private Stream<TableProgress> said(TableName name) {
        return context.facts().stream()
                .filter(Fact.LoadProgress.class::isInstance)
                .map(Fact.LoadProgress.class::cast)
                .flatMap(progress -> progress.tables().stream())
                .filter(table -> table.table().equals(name));
    }
}
