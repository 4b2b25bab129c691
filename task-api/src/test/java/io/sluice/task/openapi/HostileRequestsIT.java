package io.sluice.task.openapi;

import static org.assertj.core.api.Assertions.assertThat;

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

    @Test
    void noRequestIsAnsweredWithAnInternalErrorOrStoresAnything() throws Exception {
        String before = others();
        new HostileRun(server, TestServers.TOKEN, Map.of("tasks", victims)).carryOut(this);
        assertThat(others()).isEqualTo(before);
    }

    @Override
    public void judgeMade(String about, Request request, JsonNode made) {
        if (request.pathAndQuery().matches("/api/v1/(tasks|tokens)(\\?.*)?")) {
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
                if (victims.size() <= i) {
                    victims.add(id);
                } else {
                    victims.set(i, id);
                }
            }
        }
    }

    /** Every task but the victims. */
    private static String others() throws SQLException {
        return String.join(
                "\n", Api.query("sluice", "SELECT t::text FROM task t WHERE project <> '" + VICTIMS + "' ORDER BY id"));
    }
}
