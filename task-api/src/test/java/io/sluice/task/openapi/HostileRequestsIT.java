package io.sluice.task.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.http.document.HostileRequests.Request;
import io.sluice.http.document.HostileRun;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.net.URI;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever comes in, the answer is a problem that says what to do, and nothing is stored. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class HostileRequestsIT implements HostileRun.Service {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> SECRETS = Set.of("password", "clientKey", "clientKeyPassword", "token");

    private static final String VICTIMS = "victims";

    private static final List<String> STATES = List.of("CONFIGURATION", "INCREMENTAL_SYNC");

    @TestHTTPResource
    URI server;

    private final List<String> victims = new ArrayList<>();

    /** Ids of what may change: the victims, and what the run was told it has made. */
    private final Set<String> mayChange = new HashSet<>();

    @Test
    void noRequestIsAnsweredWithAnInternalErrorOrStoresAnything() throws Exception {
        // With tasks of other tests the service may still have something to do by itself.
        mayChange.addAll(Api.query("sluice", "SELECT id FROM task"));
        Api.created(new Pair("no_source", "no_target").task(Api.name("bystander")));
        await().until(() -> stored().stream().noneMatch(row -> row.startsWith("outbox ")));
        List<String> before = stored();
        new HostileRun(server, TestServers.TOKEN, Map.of("tasks", victims)).carryOut(this);
        // What the service sends goes away once it is sent.
        await().untilAsserted(() -> assertThat(stored()).containsExactlyInAnyOrderElementsOf(before));
    }

    @Override
    public void judgeMade(String about, Request request, JsonNode made) {
        if (request.pathAndQuery().matches("/api/v1/(tasks|tokens)(\\?.*)?")) {
            boolean token = request.pathAndQuery().startsWith("/api/v1/tokens");
            mayChange.add((token ? "api_token " : "") + made.path("id").asText());
            judgeStored(about, read(String.valueOf(request.body())), made);
        }
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("what is no JSON was taken: " + json, e);
        }
    }

    /** Everything that was sent, but secrets and what null stands for, comes back as it was. */
    private static void judgeStored(String about, JsonNode sent, JsonNode stored) {
        if (sent.isNull()) {
            return;
        }
        if (sent.isObject()) {
            sent.properties().stream()
                    .filter(field -> !SECRETS.contains(field.getKey()))
                    .forEach(field -> judgeStored(about, field.getValue(), stored.path(field.getKey())));
        } else if (sent.isArray()) {
            assertThat(stored.size()).as(about).isEqualTo(sent.size());
            if (sent.valueStream().allMatch(JsonNode::isValueNode)) {
                assertThat(stored.valueStream().toList())
                        .as(about)
                        .containsExactlyInAnyOrderElementsOf(sent.valueStream().toList());
            } else {
                for (int i = 0; i < sent.size(); i++) {
                    judgeStored(about, sent.get(i), stored.get(i));
                }
            }
        } else {
            assertThat(stored.asText()).as(about).isEqualTo(sent.asText());
        }
    }

    /** One task in its configuration and one at work; requests may well change, stop and delete them. */
    @Override
    public void prepare() throws SQLException {
        Set<String> alive =
                Set.copyOf(Api.query("sluice", "SELECT id || state FROM task WHERE project = '" + VICTIMS + "'"));
        for (int i = 0; i < STATES.size(); i++) {
            if (victims.size() <= i || !alive.contains(victims.get(i) + STATES.get(i))) {
                String id = Api.created(new Pair("no_source", "no_target")
                        .task(Api.name("victim"), ", \"project\": \"" + VICTIMS + "\""));
                if (i > 0) {
                    Api.put(id, "state = '" + STATES.get(i) + "', phase = 'RUN', generation = 1");
                }
                mayChange.add(id);
                if (victims.size() <= i) {
                    victims.add(id);
                } else {
                    victims.set(i, id);
                }
            }
        }
    }

    /** Every row of every table but the trail of requests, less what is of the victims and of what was made. */
    private List<String> stored() throws SQLException {
        List<String> rows = new ArrayList<>();
        for (String table : Api.query(
                "sluice",
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                        + " AND tablename NOT IN ('audit', 'flyway_schema_history')")) {
            for (String row : Api.query("sluice", "SELECT to_jsonb(t) FROM " + table + " t")) {
                if (!expected(table, read(row))) {
                    rows.add(table + " " + row);
                }
            }
        }
        return rows;
    }

    private boolean expected(String table, JsonNode row) {
        return switch (table) {
            case "task" -> mayChange.contains(row.path("id").asText());
            case "api_token" -> mayChange.contains("api_token " + row.path("id").asText());
            // Only what was carried out has an answer.
            case "idempotency_key" -> !row.path("answer").isNull();
            case "outbox" -> mayChange.contains(row.path("key").asText());
            default -> mayChange.contains(row.path("task_id").asText());
        };
    }
}
