package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A task that nobody looks after for long is stopped, and not without notice. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class AutoStopIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Inject
    AutoStop autoStop;

    @Test
    void aTaskThatNobodyLooksAfterIsWarnedOfAndStopped() throws Exception {
        String id = Api.created(PAIR.task(Api.name("idle"), ", \"autoStopDays\": 20"));
        String other = Api.created(PAIR.task(Api.name("busy"), ", \"autoStopDays\": 20"));
        Api.put(id, "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 3, idle_since = now()");
        Api.put(other, "state = 'FULL_SYNC', phase = 'RUN', generation = 3");
        Instant now = Instant.now();

        autoStop.run(now.plus(Duration.ofDays(18)));
        assertThat(Api.eventKinds(id)).doesNotContain("AUTO_STOP_WARNING");
        autoStop.run(now.plus(Duration.ofDays(19).plusMinutes(10)));
        autoStop.run(now.plus(Duration.ofDays(19).plusMinutes(20)));
        assertThat(Api.eventKinds(id)).containsOnlyOnce("AUTO_STOP_WARNING");
        assertThat(Api.state(id)).isEqualTo("PAUSED");
        autoStop.run(now.plus(Duration.ofDays(20).plusMinutes(10)));
        autoStop.run(now.plus(Duration.ofDays(20).plusMinutes(20)));

        assertThat(Api.state(id)).isEqualTo("STOPPING");
        Api.task(id).then().body("generation", equalTo(4));
        assertThat(Api.eventKinds(id)).containsOnlyOnce("AUTO_STOPPED");
        assertThat(Api.state(other)).isEqualTo("FULL_SYNC");
        call().get("/api/v1/tasks/" + id + "/events").then().body("items.detail", hasItem(containsString("20 days")));
    }

    /** Whoever shortens the time gets a day's notice like everybody else. */
    @Test
    void noTaskIsStoppedByItselfWithoutADaysNotice() throws Exception {
        String id = Api.created(PAIR.task(Api.name("shortened"), ", \"autoStopDays\": 100"));
        Api.put(
                id,
                "state = 'PAUSED', left_state = 'FULL_SYNC', phase = 'PAUSE', generation = 3,"
                        + " idle_since = now() - interval '20 days'");
        call().header("If-Match", "*")
                .body("{\"autoStopDays\": 14}")
                .patch("/api/v1/tasks/" + id)
                .then()
                .statusCode(200);
        Instant now = Instant.now();

        autoStop.run(now);
        autoStop.run(now.plus(Duration.ofHours(23)));
        assertThat(Api.state(id)).isEqualTo("PAUSED");
        assertThat(Api.eventKinds(id)).containsOnlyOnce("AUTO_STOP_WARNING");
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body(
                        "items.detail",
                        hasItem(containsString(
                                now.plus(Duration.ofDays(1)).toString().substring(0, 13))));
        autoStop.run(now.plus(Duration.ofHours(25)));

        assertThat(Api.state(id)).isEqualTo("STOPPING");
    }
}
