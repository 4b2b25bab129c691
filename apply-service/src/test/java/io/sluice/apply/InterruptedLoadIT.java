package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What goes wrong with one table between two of its pieces. */
class InterruptedLoadIT {

    private static final LoadLimits SLOW = new LoadLimits(null, 3_000_000L, null, List.of());

    private static final PostgresServer server = SharedServers.postgres();

    private final TestingDatabases databases = new TestingDatabases(server);
    private TestingContext context = new TestingContext();
    private CompletableFuture<Void> run = new CompletableFuture<>();
    private List<TableName> tables = List.of();

    @AfterEach
    void end() {
        context.stop();
    }

    @Test
    void aPartitionedTableGoesOnWithThePiecesOfItsPartitionsThatAreMissing() {
        onSource("CREATE TABLE parted (id int PRIMARY KEY, line text) PARTITION BY RANGE (id)");
        for (int i = 0; i < 3; i++) {
            onSource("CREATE TABLE parted_%d PARTITION OF parted FOR VALUES FROM (%d) TO (%d)"
                    .formatted(i, i * 30_000, (i + 1) * 30_000));
        }
        onSource("INSERT INTO parted SELECT i, repeat('x', 200) FROM generate_series(0, 89999) i", "VACUUM ANALYZE");
        begin("parted");
        interrupt();
        String fence = onTarget("SELECT fence_snapshot FROM _sluice.table_load");
        String pieces =
                "SELECT string_agg(part || ' ' || from_page, ',' ORDER BY part, from_page) FROM _sluice.load_piece";
        String before = onTarget(pieces);
        // Rows that are in pieces which are copied, and in such as are not; one moves to another partition.
        onSource(
                "DELETE FROM parted WHERE id % 1000 = 7",
                "UPDATE parted SET line = 'changed' WHERE id % 1000 = 8",
                "DELETE FROM parted WHERE id = 89999",
                "UPDATE parted SET id = 89999 WHERE id = 1",
                "INSERT INTO parted VALUES (7, 'new')");
        start(SLOW);
        await("a further piece is copied")
                .atMost(Duration.ofSeconds(60))
                .until(() -> !onTarget(pieces).equals(before));
        assertThat(onTarget(pieces)).startsWith(before.substring(0, before.indexOf(',')));
        assertThat(onTarget("SELECT fence_snapshot FROM _sluice.table_load")).isEqualTo(fence);
        goOn();
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        String all =
                "SELECT count(*) || ' ' || md5(string_agg(tableoid::regclass || parted::text, '' ORDER BY id)) FROM parted";
        assertThat(onTarget(all)).isEqualTo(askSource(all));
    }

    @Test
    void aTableThatIsDroppedForGoodInTheMiddleFailsAlone() {
        onSource(
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "CREATE TABLE later (id int PRIMARY KEY, line text)",
                "INSERT INTO later SELECT i, repeat('y', 200) FROM generate_series(1, 40000) i",
                "ANALYZE");
        begin("big", "later");
        onSource("DROP TABLE big");
        goOn();
        await().atMost(Duration.ofSeconds(60)).until(run::isDone);
        Fact.Failed failure = failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(failure.detail())
                .contains("1 tables")
                .contains("public.big")
                .contains("is not at the source any more");
        assertThat(onTarget("SELECT string_agg(table_name, ',') FROM _sluice.table_load WHERE done"))
                .isEqualTo("later");
        assertThat(onTarget("SELECT count(*) FROM later")).isEqualTo("40000");
    }

    @Test
    void anErrorNamesThePagesWhoseCopyFailed() {
        onSource(
                "CREATE DOMAIN refused AS int CHECK (current_database() LIKE 'source%' OR VALUE <> 59990)",
                "CREATE TABLE big (id refused PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "ANALYZE");
        begin("big");
        goOn();
        await().atMost(Duration.ofSeconds(60)).until(run::isDone);
        long page = Long.parseLong(
                askSource("SELECT split_part(trim('(' FROM ctid::text), ',', 1) FROM big WHERE id = 59990"));
        assertThat(failure().code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(failure().detail()).containsPattern("Table public.big, (from page \\d+|pages \\d+ to \\d+): ");
        String pages = failure()
                .detail()
                .replaceAll("(?s).*?Table public.big, (from page |pages )(\\d+)( to (\\d+))?:.*", "$2 $4");
        String[] bounds = pages.trim().split(" ");
        assertThat(page).isGreaterThanOrEqualTo(Long.parseLong(bounds[0]));
        if (bounds.length > 1) {
            assertThat(page).isLessThanOrEqualTo(Long.parseLong(bounds[1]));
        }
        assertThat(Long.parseLong(bounds[0])).isPositive();
    }

    /** Some pieces are on the target, and some are not. */
    private void begin(String... names) {
        tables = Stream.of(names).map(name -> new TableName("public", name)).toList();
        start(SLOW);
        await("two pieces are copied")
                .atMost(Duration.ofSeconds(60))
                .until(() -> context.reached(Fact.Step.LOADING)
                        && Integer.parseInt(onTarget("SELECT count(*) FROM _sluice.load_piece")) >= 2);
        assertThat(run).isNotDone();
    }

    private void interrupt() {
        context.stop();
        await().atMost(Duration.ofSeconds(30)).until(run::isDone);
    }

    private void start(LoadLimits limits) {
        context = new TestingContext();
        run = databases.run(order(limits), KafkaAccess.of(Map.of()), context, new Claimant());
    }

    private void goOn() {
        context.order(order(LoadLimits.NONE));
    }

    private TaskOrder order(LoadLimits limits) {
        return databases.order(tables, SyncMode.FULL, ChangeChoice.DEFAULT, limits);
    }

    private Fact.Failed failure() {
        return context.facts().stream()
                .filter(Fact.Failed.class::isInstance)
                .map(Fact.Failed.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("the load has ended without an error"));
    }

    private void onSource(String... statements) {
        server.execute(databases.source(), statements);
    }

    private String askSource(String question) {
        return databases.ask(databases.source(), question);
    }

    private String onTarget(String question) {
        return databases.ask(databases.target(), question);
    }
}
