package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** After a task was deleted nothing in the configuration database can be opened any more, and nothing ever was in clear. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class SecretsErasedIT {

    @Test
    void aDeletedTaskLeavesNoSecretInTheTablesAndATombstoneOnTheBus() throws Exception {
        Api.Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = call().header("Idempotency-Key", Api.name("key"))
                .body(pair.task(Api.name("erased")))
                .post("/api/v1/tasks")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
        String sealed = Api.query("sluice", "SELECT spec FROM task WHERE id = '" + id + "'")
                .getFirst();
        TaskSpec spec = Json.read(sealed, TaskSpec.class);
        List<String> sealedTexts = Stream.of(spec.source(), spec.target())
                .flatMap(endpoint -> endpoint.secrets().stream())
                .map(secret -> secret.text().substring(secret.text().lastIndexOf(':') + 1))
                .toList();
        assertThat(sealedTexts).hasSize(2);
        assertThat(found(sealedTexts)).as("what is stored would be found").isNotEmpty();

        try (Bus bus = Bus.open()) {
            Api.action(id, "start").statusCode(202);
            assertThat(bus.order(id, 1).phase()).isEqualTo(Phase.RUN);
            bus.report(id, 1, Service.APPLY, new Fact.StepReached(Fact.Step.STRUCTURE));
            call().body("{\"force\": true}").post("/api/v1/tasks/" + id + "/stop");
            CompletableFuture<Response> deletion =
                    CompletableFuture.supplyAsync(() -> call().delete("/api/v1/tasks/" + id));
            bus.order(id, 3);
            bus.report(id, 3, Service.CAPTURE, new Fact.Ended(List.of()));
            bus.report(id, 3, Service.APPLY, new Fact.Ended(List.of()));
            deletion.join().then().statusCode(200);
            bus.awaitTombstone(id);

            await().untilAsserted(() -> assertThat(found(sealedTexts)).isEmpty());
            assertThat(found(List.of(TestServers.PASSWORD))).isEmpty();
            assertThat(bus.seen())
                    .filteredOn(record -> id.equals(record.key()))
                    .isNotEmpty()
                    .allSatisfy(
                            record -> assertThat(String.valueOf(record.value())).doesNotContain(TestServers.PASSWORD));
            // The tombstone is the last word on the task: compaction takes everything before it.
            assertThat(bus.seen())
                    .filteredOn(record -> record.topic().equals(Topics.TASKS) && id.equals(record.key()))
                    .last()
                    .satisfies(record -> assertThat(record.value()).isNull());
            try (CompactedTopic orders = new CompactedTopic(Topics.TASKS)) {
                assertThat(orders.holding(sealedTexts))
                        .as("what is on the topic would be found")
                        .contains(id);
                orders.compactNow();
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(500))
                        .untilAsserted(() -> {
                            orders.rollSegments();
                            assertThat(orders.holding(sealedTexts)).isEmpty();
                        });
            }
        }
    }

    /** Which columns of the configuration database hold one of these texts. */
    private static List<String> found(List<String> texts) throws SQLException {
        List<String> places = new ArrayList<>();
        for (String column : Api.query("sluice", """
                SELECT format('%I.%I', table_name, column_name) FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea')
                """)) {
            String table = column.substring(0, column.indexOf('.'));
            for (String text : texts) {
                String sql = "SELECT 1 FROM " + table + " WHERE position('" + text.replace("'", "''") + "' IN " + column
                        + "::text) > 0 LIMIT 1";
                if (!Api.query("sluice", sql).isEmpty()) {
                    places.add(column);
                }
            }
        }
        return places;
    }
}
