package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What happens to the databases while they are compared. */
class TroubledComparisonIT {

    private static final List<TableChoice> ALL = List.of(TableChoice.unchanged(new TablePattern("public", "*")));
    private static final TableName SLOW = ComparedSides.table("slow");
    private static final TableName OTHER = ComparedSides.table("other");

    private static final PostgresServer server = SharedServers.postgres();

    /** One table takes some seconds to be read at 5,000 rows a second, the other none. */
    private static ComparedSides sides(PostgresServer target) {
        ComparedSides sides = new ComparedSides(server, target, ALL, List.of(SLOW, OTHER), "");
        sides.onBoth(
                "CREATE TABLE slow (id int PRIMARY KEY, v text)",
                "INSERT INTO slow SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "INSERT INTO other SELECT generate_series(1, 1000)",
                "VACUUM ANALYZE slow, other");
        return sides;
    }

    private static Errand.Comparison throttled() {
        return new Errand.Comparison(
                ComparedSides.errand(ComparisonKind.CONTENT).number(), ComparisonKind.CONTENT, List.of(), 1, 5_000L);
    }

    private static long rowsOfSlow(List<TableComparison> shown) {
        return shown.stream()
                .filter(table -> table.table().equals(SLOW))
                .mapToLong(TableComparison::sourceRows)
                .sum();
    }

    private static Map<TableName, TableComparison> results(CompletableFuture<List<TableComparison>> run)
            throws Exception {
        return run.get(2, TimeUnit.MINUTES).stream()
                .collect(Collectors.toMap(TableComparison::table, result -> result));
    }

    @Test
    void aTableThatIsDroppedWhileItIsReadFailsAlone() throws Exception {
        ComparedSides sides = sides(server);
        AtomicLong read = new AtomicLong();
        CompletableFuture<List<TableComparison>> run = CompletableFuture.supplyAsync(() -> sides.compare(
                throttled(), sides.context(false), shown -> read.accumulateAndGet(rowsOfSlow(shown), Math::max)));
        await().until(() -> read.get() > 5_000);
        long began = System.nanoTime();
        sides.onSource("DROP TABLE slow");
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
                .as("the comparison gives way")
                .isLessThan(20);
        Map<TableName, TableComparison> results = results(run);
        assertThat(results.get(SLOW).state()).isEqualTo(State.FAILED);
        assertThat(results.get(SLOW).code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(results.get(SLOW).detail()).contains("public.slow").contains("source");
        assertThat(results.get(OTHER).state()).isEqualTo(State.EQUAL);
    }

    @Test
    void aTargetThatIsAwayForAWhileIsWaitedForAndWhatIsReadStays() throws Exception {
        try (PostgresServer target = PostgresServer.startTemporary()) {
            ComparedSides sides = sides(target);
            sides.onTarget("UPDATE slow SET v = 'y' WHERE id = 29999");
            AtomicLong read = new AtomicLong();
            AtomicLong least = new AtomicLong();
            CompletableFuture<List<TableComparison>> run =
                    CompletableFuture.supplyAsync(() -> sides.compare(throttled(), sides.context(false), shown -> {
                        shown.stream()
                                .filter(table -> table.table().equals(SLOW) && table.sourceRows() < least.get())
                                .findFirst()
                                .ifPresent(table -> least.set(Long.MAX_VALUE));
                        read.accumulateAndGet(rowsOfSlow(shown), Math::max);
                    }));
            await().until(() -> read.get() > 10_000);
            target.stop();
            // Whatever comes from here on knows of these.
            least.compareAndSet(0, 10_000);
            assertThat(run.isDone()).isFalse();
            target.start();
            Map<TableName, TableComparison> results = results(run);
            assertThat(least.get()).as("what was read is read again").isEqualTo(10_000);
            assertThat(results.get(OTHER).state()).isEqualTo(State.EQUAL);
            TableComparison slow = results.get(SLOW);
            assertThat(List.of(slow.sourceRows(), slow.targetRows(), slow.changed(), slow.missing(), slow.extra()))
                    .as(slow.toString())
                    .containsExactly(30_000L, 30_000L, 1L, 0L, 0L);
        }
    }

    @Test
    void aStatementThatSomebodyCancelsFailsItsTableAlone() throws Exception {
        ComparedSides sides = sides(server);
        sides.onTarget("UPDATE slow SET v = 'y' WHERE id = 29999");
        sides.onSource("CREATE FUNCTION public.slowly(int) RETURNS boolean LANGUAGE sql VOLATILE AS"
                + " 'SELECT $1 > 1 OR pg_sleep(60) IS NOT NULL'");
        ComparedSides filtered =
                sides.with(new TableChoice("public", "slow", null, null, null, "public.slowly(id)", null));
        CompletableFuture<List<TableComparison>> run = CompletableFuture.supplyAsync(
                () -> filtered.compare(ComparedSides.errand(ComparisonKind.CONTENT), filtered.context(false)));
        await().until(() -> ComparedSides.values(
                        server,
                        sides.sourceName,
                        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                                + " AND datname = current_database()")
                .contains("t"));
        Map<TableName, TableComparison> results = results(run);
        assertThat(results.get(SLOW).code()).isEqualTo(ErrorCode.DATABASE_ERROR);
        assertThat(results.get(SLOW).detail())
                .contains("public.slow")
                .contains("on the source")
                .contains("canceling statement");
        assertThat(results.get(OTHER).state()).isEqualTo(State.EQUAL);
    }

    /** A limit that a database has for its applications. */
    @Test
    void statementsTakeAsLongAsTheyTake() {
        ComparedSides sides = sides(server);
        sides.onSource("ALTER DATABASE \"" + sides.sourceName + "\" SET statement_timeout = '100ms'");
        sides.onTarget("ALTER DATABASE \"" + sides.targetName + "\" SET statement_timeout = '100ms'");
        ComparedSides filtered = sides.with(
                new TableChoice("public", "other", null, null, null, "id > 1 OR pg_sleep(0.3) IS NOT NULL", null));
        assertThat(filtered.content(false, OTHER).state()).isEqualTo(State.EQUAL);
    }
}
