package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A limit of rows a second, and tables that are read in one part, since they are partitioned. */
class ThrottledComparisonIT {

    private static final TableName FIRST = ComparedSides.table("part_1");
    private static final TableName SECOND = ComparedSides.table("part_2");
    private static final String LOCK = "LOCK TABLE part_1 IN ACCESS EXCLUSIVE MODE;";

    private static final PostgresServer server = SharedServers.postgres();

    /** 100 rows in each of the tables at the source, which go into one. */
    private static ComparedSides sides(TableName... tables) {
        ComparedSides sides = new ComparedSides(
                server,
                List.of(new TableChoice("public", "part_*", "public", "whole", null, null, null)),
                List.of(tables));
        for (TableName table : tables) {
            sides.onSource(
                    "CREATE TABLE " + table.table() + " (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    "CREATE TABLE " + table.table() + "_all PARTITION OF " + table.table() + " DEFAULT");
        }
        sides.onTarget("CREATE TABLE whole (id int PRIMARY KEY)");
        sides.onSource("INSERT INTO part_1 SELECT generate_series(1, 100)");
        sides.onTarget("INSERT INTO whole SELECT generate_series(1, 100)");
        if (tables.length > 1) {
            sides.onSource("INSERT INTO part_2 SELECT generate_series(101, 200)");
            sides.onTarget("INSERT INTO whole SELECT generate_series(101, 200)");
        }
        return sides;
    }

    private static List<TableComparison> compare(ComparedSides sides, RunContext context, long maxRowsPerSecond) {
        try (Connections source = sides.source();
                Connections target = sides.target()) {
            return new ComparisonRun(
                            new Errand.Comparison(1, ComparisonKind.CONTENT, List.of(), 1, maxRowsPerSecond),
                            source,
                            target,
                            context,
                            tables -> {})
                    .run();
        }
    }

    private static void inOneTransaction(ComparedSides sides, String statements) {
        sides.onSource("DO $$ BEGIN SET LOCAL lock_timeout = '60s'; " + statements + " END $$");
    }

    /** At this limit it would take a minute and more. */
    @Test
    void afterTheLastPartNothingIsWaitedFor() {
        ComparedSides sides = sides(FIRST);
        AtomicBoolean waited = new AtomicBoolean();
        TestingContext task = sides.context(false);
        WatchedContext context = new WatchedContext(task, List.of(() -> {
            waited.set(true);
            task.stop();
        }));
        assertThat(compare(sides, context, 1))
                .singleElement()
                .satisfies(result -> assertThat(result.state()).isEqualTo(State.EQUAL));
        assertThat(waited).isFalse();
    }

    @Test
    void aLongRestHoldsNoLock() {
        ComparedSides sides = sides(FIRST, SECOND);
        AtomicBoolean locked = new AtomicBoolean();
        TestingContext task = sides.context(false);
        WatchedContext context = new WatchedContext(task, List.of(() -> {
            sides.onSource("DO $$ BEGIN SET LOCAL lock_timeout = '1s'; " + LOCK + " END $$");
            locked.set(true);
            task.stop();
        }));
        assertThat(compare(sides, context, 1)).isEmpty();
        assertThat(locked).isTrue();
    }

    @Test
    void aShortRestGivesWay() throws Exception {
        ComparedSides sides = sides(FIRST, SECOND);
        CompletableFuture<?>[] other = new CompletableFuture<?>[1];
        WatchedContext context = new WatchedContext(
                sides.context(false),
                List.of(
                        () -> {
                            other[0] = CompletableFuture.runAsync(
                                    () -> inOneTransaction(sides, LOCK + " INSERT INTO part_2 VALUES (0);"));
                            await().until(() -> ComparedSides.values(
                                            server,
                                            sides.sourceName,
                                            "SELECT 1 FROM pg_locks WHERE relation = 'part_1'::regclass AND NOT granted")
                                    .contains("1"));
                        },
                        () -> other[0].join()));
        TableComparison result = compare(sides, context, 25).getFirst();
        other[0].get(1, TimeUnit.MINUTES);
        // The row came before the second table was read.
        assertThat(result.sourceRows()).as(result.toString()).isEqualTo(201);
        assertThat(result.missing()).isEqualTo(1);
    }
}
