package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.task.DueTasks.Due;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A planned start belongs to who carries it out, for as long as the checks take. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class StartLeaseIT {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @Inject
    DueTasks due;

    @Inject
    TaskStarter starter;

    /** Ahead of the service's own, to which the start is not due. */
    private final SetClock time =
            new SetClock(Instant.now().plus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS));

    @Test
    void nobodyElseLooksWhileTheChecksRunUntilNothingIsHeardForHalfAMinute() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY, n int)");
        String id = Api.created(pair.task(
                Api.name("slow"),
                ", \"transforms\": [{\"table\": \"public.a\", \"expression\": \"row.id > 1 ? row : null\"}]"));
        Api.call()
                .body("{\"at\": \"" + time.instant() + "\"}")
                .post("/api/v1/tasks/" + id + "/start")
                .then()
                .statusCode(202);
        DelayedStarts one = new DelayedStarts(due, starter, time);
        try (Connection locker = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + Api.port() + "/" + pair.source(),
                        "postgres",
                        TestServers.PASSWORD);
                Statement session = locker.createStatement()) {
            locker.setAutoCommit(false);
            session.execute("LOCK TABLE a IN ACCESS EXCLUSIVE MODE");
            time.pass(Duration.ofSeconds(1));
            one.poll();
            await().atMost(PATIENCE).until(() -> waiting(pair));

            for (int second = 0; second < 150; second += 25) {
                time.pass(Duration.ofSeconds(25));
                assertThat(claimedByAnother()).doesNotContain(id);
                one.poll();
            }
            time.pass(Duration.ofSeconds(29));
            assertThat(claimedByAnother()).doesNotContain(id);
            time.pass(Duration.ofSeconds(2));
            assertThat(claimedByAnother()).contains(id);
            assertThat(waiting(pair)).isTrue();
            locker.rollback();
        }
        await().atMost(PATIENCE).until(() -> Api.state(id).equals("STARTING"));
    }

    private List<String> claimedByAnother() {
        return due.claimStarts(time.instant(), Duration.ofMinutes(1)).stream()
                .map(Due::id)
                .toList();
    }

    private static boolean waiting(Pair pair) throws Exception {
        return !Api.query(
                        pair.source(),
                        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                .isEmpty();
    }
}
