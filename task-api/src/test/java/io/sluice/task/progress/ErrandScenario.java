package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.awaitility.Awaitility.await;

import io.restassured.response.ValidatableResponse;
import io.sluice.contracts.Json;
import io.sluice.contracts.Topics;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.TaskReport.Service;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import java.util.List;

/** A task that streams, of which the test plays apply and capture. */
abstract class ErrandScenario extends BusScenario {

    static final TableName TABLE = new TableName("public", "a");

    /** A task that streams, and the databases that it thinks it has filled. */
    record Task(String id, Pair pair) {

        String path(String rest) {
            return "/api/v1/tasks/" + id + "/" + rest;
        }

        ValidatableResponse post(String rest, String body) {
            return call().body(body).post(path(rest)).then();
        }

        ValidatableResponse get(String rest) {
            return call().get(path(rest)).then();
        }

        void report(Fact fact) {
            bus.report(id, 1, Service.APPLY, fact);
        }

        /** The errands of the newest order. */
        List<Errand> errands() {
            return bus.seen().stream()
                    .filter(record ->
                            record.topic().equals(Topics.TASKS) && id.equals(record.key()) && record.value() != null)
                    .map(record -> Json.read(record.value(), TaskOrder.class).errands())
                    .reduce(List.of(), (first, second) -> second);
        }
    }

    static Task streaming() throws Exception {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("errands")));
        Api.action(id, "start").statusCode(202);
        bus.order(id, 1);
        Task task = new Task(id, pair);
        task.report(new Fact.StepReached(Step.LOADED));
        task.report(new Fact.StepReached(Step.APPLYING));
        await().until(() -> Api.state(id), "INCREMENTAL_SYNC"::equals);
        return task;
    }
}
