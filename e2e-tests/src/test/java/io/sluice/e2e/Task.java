package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** One task, driven through the REST API. */
final class Task {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Api api;
    private final Pair pair;
    private final String id;

    private Task(Api api, Pair pair, String id) {
        this.api = api;
        this.pair = pair;
        this.id = id;
    }

    /** A description of a task for all tables of a schema. */
    static ObjectNode spec(Pair pair, String schema) {
        ObjectNode spec = Api.JSON.createObjectNode();
        spec.put("name", pair.name().replace('_', '-')).put("mode", "FULL_AND_INCREMENTAL");
        spec.set("source", pair.sourceEndpoint());
        spec.set("target", pair.targetEndpoint());
        spec.putObject("objects")
                .putArray("include")
                .addObject()
                .put("schema", schema)
                .put("table", "*");
        spec.putObject("fullLoad").put("workers", 3);
        return spec;
    }

    /** Commands that change the source's structure are followed, too. */
    static void followDdl(ObjectNode spec) {
        ArrayNode operations = spec.putObject("changes").putArray("operations");
        List.of("INSERT", "UPDATE", "DELETE", "TRUNCATE", "DDL").forEach(operations::add);
    }

    static Task create(Pair pair, ObjectNode spec) {
        Api api = pair.sluice().tasks();
        return new Task(
                api,
                pair,
                api.post("/api/v1/tasks", spec).expect(201).required("id").asText());
    }

    /** Creates and starts a task for all tables of a schema. */
    static Task started(Pair pair, String schema) {
        Task task = create(pair, spec(pair, schema));
        task.start();
        return task;
    }

    /** The same task, driven through another process of the API. */
    Task through(Api other) {
        return new Task(other, pair, id);
    }

    String id() {
        return id;
    }

    Pair pair() {
        return pair;
    }

    /** As a user would: looks at both sides, confirms what is only a warning, starts. */
    void start() {
        confirmWarnings(precheck());
        action("start").expect(202);
    }

    /** Runs the prechecks and returns them when they have ended. */
    JsonNode precheck() {
        api.post(path() + "/prechecks").expect(202);
        return awaitPrecheck();
    }

    /** Returns the newest prechecks when they have ended. */
    JsonNode awaitPrecheck() {
        return await("the prechecks have ended")
                .atMost(PATIENCE)
                .pollInterval(POLL)
                .until(
                        () -> api.get(path() + "/prechecks/latest").expect(200),
                        precheck -> !precheck.path("state").asText().equals("RUNNING"));
    }

    private void confirmWarnings(JsonNode precheck) {
        ObjectNode body = Api.JSON.createObjectNode();
        ArrayNode items = body.putArray("items");
        for (JsonNode item : precheck.path("items")) {
            if (item.path("result").asText().equals("WARNING")) {
                items.add(item.path("key").asText());
            }
        }
        if (!items.isEmpty()) {
            api.post(path() + "/prechecks/latest/confirmations", body).expect(202);
        }
    }

    /** To be started after a while, at the time that is returned; the prechecks are run and confirmed now. */
    Instant startIn(Duration delay) {
        confirmWarnings(precheck());
        Instant at = Instant.now().plus(delay);
        api.post(path() + "/start", Api.JSON.createObjectNode().put("at", at.toString()))
                .expect(202);
        return at;
    }

    /** Start, pause, resume, stop: what the API answers. */
    Api.Answer action(String verb) {
        return api.post(path() + "/" + verb);
    }

    /** The same for what takes a body. */
    Api.Answer post(String verb, ObjectNode body) {
        return api.post(path() + "/" + verb, body);
    }

    /** What one of its parts says. */
    JsonNode get(String part) {
        return api.get(path() + "/" + part).expect(200);
    }

    /** Changes parts of what the task is; its version is the newest one. */
    Api.Answer patch(ObjectNode changes) {
        return api.patch(path(), view().required("version").asLong(), changes);
    }

    /** What happens to it from now on, until that is closed. */
    Api.EventStream listen() {
        return api.listen(path() + "/stream");
    }

    Api.Answer delete() {
        return api.delete(path());
    }

    JsonNode view() {
        return api.get(path()).expect(200);
    }

    String state() {
        return view().path("state").asText();
    }

    JsonNode lag() {
        return api.get(path() + "/lag").expect(200);
    }

    JsonNode progress() {
        return api.get(path() + "/progress").expect(200);
    }

    Comparisons comparisons() {
        return new Comparisons(api, path());
    }

    JsonNode events() {
        return api.get(path() + "/events?limit=200").expect(200).path("items");
    }

    private String path() {
        return "/api/v1/tasks/" + id;
    }

    /** Returns when the task is in one of these states; fails at once in a state from which it gets nowhere by itself. */
    String awaitState(String... wanted) {
        Set<String> states = Set.of(wanted);
        return awaitView(
                        String.join(" or ", wanted),
                        view -> states.contains(view.path("state").asText()))
                .path("state")
                .asText();
    }

    /** Returns the task when it looks as wanted; a service that does not answer is asked again. */
    JsonNode awaitView(String what, Predicate<JsonNode> wanted) {
        JsonNode[] seen = new JsonNode[1];
        await("task " + pair.name() + " is " + what)
                .atMost(PATIENCE)
                .pollInterval(POLL)
                .until(() -> {
                    try {
                        seen[0] = view();
                    } catch (Api.NoAnswerException away) {
                        return false;
                    }
                    boolean there = wanted.test(seen[0]);
                    String state = seen[0].path("state").asText();
                    if (!there && (state.toUpperCase(Locale.ROOT).endsWith("_FAILED") || state.equals("COMPLETED"))) {
                        throw new AssertionError("waiting for " + what + ": " + seen[0].toPrettyString() + "\n"
                                + events().toPrettyString());
                    }
                    return there;
                });
        return seen[0];
    }

    /** The task loads, with the first rows under way. */
    void awaitLoading() {
        awaitState("FULL_SYNC", "INCREMENTAL_SYNC");
    }

    /** The load is complete and changes are applied. */
    void awaitStreaming() {
        awaitState("INCREMENTAL_SYNC");
    }

    /** Returns when the target has everything that the source had committed up to a position. */
    void awaitApplied(long lsn) {
        String[] last = {""};
        try {
            await("everything is applied").atMost(PATIENCE).pollInterval(POLL).until(() -> {
                try {
                    JsonNode lag = lag();
                    last[0] = lag.toString();
                    if (Lsn.parse(lag.path("appliedLsn").asText()) >= lsn) {
                        return true;
                    }
                    JsonNode view = view();
                    if (view.path("state").asText().endsWith("_FAILED")) {
                        throw new AssertionError(view.toPrettyString());
                    }
                    return false;
                } catch (Api.NoAnswerException away) {
                    return false;
                }
            });
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(
                    "lag is not zero up to " + Long.toHexString(lsn) + ": " + last[0] + "\n" + view().toPrettyString(),
                    e);
        }
    }

    /** Returns when the target has all that the source has now. */
    void awaitZeroLag() {
        awaitApplied(pair.sourceLsn());
    }

    /** Stops and deletes the task, and makes sure that nothing of it is left anywhere but the data on the target. */
    void end() {
        action("stop").expect(202);
        awaitState("COMPLETED");
        deleteWithoutTrace();
    }

    /** Deletes the task, and makes sure that nothing of it is left anywhere but the data on the target. */
    void deleteWithoutTrace() {
        JsonNode deleted = delete().expect(200);
        assertThat(deleted.path("leftovers")).as(deleted.toString()).isEmpty();
        assertThat(api.get(path()).status()).isEqualTo(404);
        assertThat(pair.leftOnSource()).isEmpty();
        assertThat(pair.askTarget("SELECT to_regnamespace('_sluice')")).isEqualTo("null");
        assertThat(Topics.names(pair.sluice())).noneMatch(topic -> topic.contains(id));
    }

    /** Waits until one of its tables is in this state; returns what the progress says of it. */
    JsonNode awaitTable(String name, String state) {
        return await("table " + name + " is " + state)
                .atMost(PATIENCE)
                .until(
                        () -> {
                            for (JsonNode table : progress().path("tables")) {
                                if (table.path("table").asText().equals(name)) {
                                    return table;
                                }
                            }
                            return Api.JSON.createObjectNode();
                        },
                        table -> table.path("state").asText().equals(state));
    }

    /** Waits until it has just these tables, all in step. */
    void awaitTables(String... names) {
        await("the tables are in step").atMost(PATIENCE).untilAsserted(() -> {
            JsonNode tables = progress().path("tables");
            assertThat(tables.findValuesAsText("table")).containsExactlyInAnyOrder(names);
            assertThat(tables.findValuesAsText("state")).containsOnly("DONE");
        });
    }
}
