package io.sluice.apply.cutover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.apply.compare.ComparedSides;
import io.sluice.apply.compare.LiveTraffic;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.Errand.FinalComparison;
import io.sluice.contracts.report.Fact.CutoverProgress;
import io.sluice.contracts.report.Fact.CutoverState;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The source is hours behind, the target hours ahead, and the service's own clock goes backwards. */
class DifferentClocksIT {

    private static final PostgresServer server = SharedServers.postgres();

    /** What the functions of a database say that tell the time. */
    private static String[] clock(String offset) {
        return List.of("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp").stream()
                .map(function -> "CREATE OR REPLACE FUNCTION pg_catalog." + function + "() RETURNS timestamptz"
                        + " LANGUAGE sql VOLATILE AS $$ SELECT timeofday()::timestamptz + interval '" + offset + "' $$")
                .toArray(String[]::new);
    }

    @Test
    void aCutoverIsDoneAllTheSame() throws Exception {
        ComparedSides sides = new ComparedSides(
                server,
                List.of(TableChoice.unchanged(new TablePattern("public", "*"))),
                List.of(ComparedSides.table("item")));
        sides.onBoth(
                "CREATE TABLE item (id bigserial PRIMARY KEY, v text)",
                "INSERT INTO item (v) SELECT 'v' FROM generate_series(1, 1000)");
        sides.onSource(clock("-5 hours"));
        sides.onTarget(clock("7 hours"));
        String ahead = "SELECT now() - timeofday()::timestamptz > interval '6 hours'";
        assertThat(ComparedSides.values(server, sides.targetName(), ahead)).containsExactly("t");
        Instant now = Instant.now();
        AtomicInteger looks = new AtomicInteger();
        InstantSource backwards = () -> now.minusSeconds(looks.incrementAndGet());
        Errand.Cutover cutover = new Errand.Cutover(1, false, false, List.of(), FinalComparison.ALL, 0, false);
        TestingContext context = new TestingContext();
        context.order(sides.order(Phase.RUN, List.of(cutover)));
        CompletableFuture<Void> run = new CompletableFuture<>();
        try (LiveTraffic traffic = new LiveTraffic(
                sides, 7, random -> List.of("UPDATE item SET v = v || 'x' WHERE id = " + (1 + random.nextInt(1000))))) {
            run = CompletableFuture.runAsync(
                    () -> {
                        try (Connections source = sides.source();
                                Connections target = sides.target()) {
                            new CutoverRun(cutover, source, target, context, backwards.withZone(ZoneOffset.UTC)).run();
                        }
                    },
                    task -> Thread.ofPlatform().start(task));
            await().until(() -> traffic.committed() > 300);
        }
        CompletableFuture<Void> ended = run;
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            sides.onTarget(
                    "UPDATE _sluice.task SET applied_lsn = pg_current_wal_insert_lsn()::text WHERE stage = 'LOADED'");
            return ended.isDone();
        });
        ended.get();
        assertThat(context.facts().stream()
                        .filter(CutoverProgress.class::isInstance)
                        .map(fact -> ((CutoverProgress) fact).state())
                        .toList())
                .endsWith(CutoverState.FENCED);
        String rows = "SELECT string_agg(i::text, ',' ORDER BY id) FROM item i";
        assertThat(ComparedSides.values(server, sides.targetName(), rows))
                .isEqualTo(ComparedSides.values(server, sides.sourceName(), rows));
    }
}
