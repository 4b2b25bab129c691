package io.sluice.task.progress;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.Topics;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Snapshots for those who read the changes: asked for over REST, given to capture, told to users. The test plays capture. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class SnapshotErrandsIT extends ErrandScenario {

    @Test
    void aSnapshotForSubscribersGoesOutAndWhatBecomesOfItComesBack() throws Exception {
        Task task = streaming();
        task.post("snapshots", "{\"tables\": []}").statusCode(400).body("violations[0].field", equalTo("tables"));
        task.post("snapshots", "{\"tables\": [\"public.none\"]}").statusCode(400);
        task.post("snapshots", "{\"tables\": [\"public.a\"]}")
                .statusCode(202)
                .body("number", equalTo(1))
                .body("state", equalTo("RUNNING"))
                .body("topic", equalTo(Topics.snapshots(task.id())));
        await().until(task::errands, List.<Errand>of(new Errand.Snapshot(1, List.of(TABLE)))::equals);
        task.post("snapshots", "{}").statusCode(409).body("code", equalTo("SNAPSHOT_RUNNING"));
        bus.report(
                task.id(),
                1,
                Service.CAPTURE,
                new Fact.SnapshotProgress(1, "1-a", 0, 7, false, ErrorCode.KAFKA_UNAVAILABLE, "why"));
        await().untilAsserted(() -> task.get("snapshots")
                .body("items[0].rows", equalTo(7))
                .body("items[0].code", equalTo("KAFKA_UNAVAILABLE"))
                .body("items[0].snapshotId", equalTo("1-a")));
        bus.report(task.id(), 1, Service.CAPTURE, new Fact.SnapshotProgress(1, "1-b", 1, 9, true, null, null));
        await().untilAsserted(() -> task.get("snapshots")
                .body("items[0].state", equalTo("COMPLETED"))
                .body("items[0].snapshotId", equalTo("1-b"))
                .body("items[0].tablesRead", equalTo(1))
                .body("items[0].code", nullValue()));
        await().until(task::errands, List::isEmpty);

        task.post("snapshots", "").statusCode(202).body("number", equalTo(2)).body("tables", hasSize(0));
        task.post("snapshots/2/cancel", "{}").statusCode(202).body("state", equalTo("CANCELLED"));
        task.post("snapshots/2/cancel", "{}").statusCode(409).body("code", equalTo("TASK_STATE"));
        await().until(task::errands, List::isEmpty);
        // What comes of it later changes nothing.
        bus.report(task.id(), 1, Service.CAPTURE, new Fact.SnapshotProgress(2, "2-a", 2, 9, true, null, null));
        task.post("snapshots", "{}").statusCode(202).body("number", equalTo(3));
        Api.action(task.id(), "stop").statusCode(202);
        task.get("snapshots")
                .body("items.number", equalTo(List.of(3, 2, 1)))
                .body("items.state", equalTo(List.of("CANCELLED", "CANCELLED", "COMPLETED")));
        task.post("snapshots", "{}").statusCode(409).body("code", equalTo("TASK_STATE"));
    }
}
