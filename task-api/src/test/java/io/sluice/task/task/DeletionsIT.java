package io.sluice.task.task;

import static io.sluice.task.Api.call;
import static io.sluice.task.Together.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A deletion is finished whoever has begun it, and what it leaves behind is told. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class DeletionsIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    @Inject
    TaskRemover remover;

    @Test
    void ofSeveralDeletionsOneAnswers() throws Exception {
        String id = Api.created(PAIR.task(Api.name("deleted")));
        Api.put(id, "state = 'COMPLETED', phase = 'STOP', generation = 1");

        List<Integer> codes =
                together(3, number -> call().delete("/api/v1/tasks/" + id).statusCode());

        assertThat(codes).containsOnlyOnce(200).containsOnly(200, 404);
    }

    /** The instance that took the request is gone. */
    @Test
    void anInterruptedDeletionIsFinished() throws Exception {
        String id = Api.created(PAIR.task(Api.name("interrupted")));
        Api.put(
                id,
                "state = 'COMPLETED', phase = 'DELETE', generation = 2, updated_at = now(), capture_ended = '[]',"
                        + " apply_ended = '[]'");
        Api.task(id).then().body("deleting", equalTo(true));
        Api.action(id, "stop").statusCode(409);

        remover.finishInterrupted(Instant.now());
        assertThat(Api.task(id).statusCode()).as("somebody still waits").isEqualTo(200);
        remover.finishInterrupted(Instant.now().plusSeconds(60));

        Api.task(id).then().statusCode(404);
    }

    /** Nobody was there to be told; the services have not answered. */
    @Test
    void whatAnInterruptedDeletionLeavesBehindIsToldByTheTask() throws Exception {
        String id = Api.created(PAIR.task(Api.name("left-behind")));
        Api.put(id, "state = 'COMPLETED', phase = 'DELETE', generation = 2, updated_at = now()");

        remover.finishInterrupted(Instant.now().plusSeconds(60));

        assertLeftBehind(id);
        remover.finishInterrupted(Instant.now().plusSeconds(120));
        assertThat(Api.eventKinds(id)).as("told once").containsOnlyOnce("ERROR");
        Api.action(id, "stop").statusCode(409);
        call().delete("/api/v1/tasks/" + id)
                .then()
                .statusCode(200)
                .body("leftovers.sql", hasItem(containsString("pg_drop_replication_slot")))
                .body("leftovers.sql", hasItem(containsString("DROP PUBLICATION")));
        Api.task(id).then().statusCode(404);
    }

    @Test
    void aDeletionWhoseServicesAnswerAtLastIsFinished() throws Exception {
        String id = Api.created(PAIR.task(Api.name("late-answer")));
        Api.put(id, "state = 'COMPLETED', phase = 'DELETE', generation = 2, updated_at = now()");
        remover.finishInterrupted(Instant.now().plusSeconds(60));
        assertLeftBehind(id);

        Api.put(id, "capture_ended = '[]', apply_ended = '[]', updated_at = updated_at + interval '1 second'");
        remover.finishInterrupted(Instant.now().plusSeconds(180));

        Api.task(id).then().statusCode(404);
    }

    /** The answer would have named what is left; nobody reads it. */
    @Test
    void whatADeletionLeavesBehindIsNotLostWithItsCaller() throws Exception {
        String id = Api.created(PAIR.task(Api.name("hung-up")));
        Api.put(id, "state = 'COMPLETED', phase = 'STOP', generation = 1");
        try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            caller.getOutputStream()
                    .write(("DELETE /api/v1/tasks/" + id + " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer "
                                    + TestServers.TOKEN + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> Api.task(id).path("deleting"));
        }

        await().atMost(Duration.ofSeconds(40)).until(() -> Api.task(id).path("error") != null);
        assertLeftBehind(id);
        call().delete("/api/v1/tasks/" + id).then().statusCode(200);
        Api.task(id).then().statusCode(404);
    }

    private static void assertLeftBehind(String id) {
        Api.task(id)
                .then()
                .statusCode(200)
                .body("deleting", equalTo(true))
                .body("state", equalTo("COMPLETED"))
                .body("error.code", equalTo("CLEANUP_INCOMPLETE"))
                .body("error.detail", containsString("pg_drop_replication_slot"))
                .body("error.detail", containsString("DROP PUBLICATION"))
                .body("error.detail", containsString("delete the task again"));
        call().get("/api/v1/tasks/" + id + "/events")
                .then()
                .body("items[0].kind", equalTo("ERROR"))
                .body("items[0].code", equalTo("CLEANUP_INCOMPLETE"))
                .body("items[0].detail", containsString("DROP PUBLICATION"));
    }
}
