package io.sluice.task.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.openapi.HostileRequests.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever comes in, the answer is a problem that says what to do, and nothing is stored. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class HostileRequestsIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of each operation. */
    private static final int ROUNDS = Integer.getInteger("hostile.rounds", 25);

    private static final Set<Integer> OF_THE_SERVER = Set.of(400, 413, 414, 431);

    private static final long SEED = Long.getLong("sluice.seed", System.nanoTime());

    private static final Set<String> SECRETS = Set.of("password", "clientKey", "clientKeyPassword", "token");

    private static final String VICTIMS = "victims";

    private static final List<String> STATES = List.of("CONFIGURATION", "INCREMENTAL_SYNC");

    @TestHTTPResource
    URI server;

    private final List<String> victims = new ArrayList<>();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void noRequestIsAnsweredWithAnInternalErrorOrStoresAnything() throws Exception {
        System.out.println("hostile requests: -Dsluice.seed=" + SEED);
        HostileRequests requests = new HostileRequests(
                JSON.readTree(get("/q/openapi?format=json").body()), new SplittableRandom(SEED), victims);
        assertThat(requests.operations()).isGreaterThan(15);
        String before = others();
        int accepted = 0;
        for (int i = 0; i < ROUNDS * requests.operations(); i++) {
            restoreVictims();
            Request request = requests.request(i);
            HttpResponse<String> answer = send(request);
            if (answer.statusCode() == 201
                    && answer.headers().firstValue("Location").isPresent()) {
                // Not hostile enough to be refused: then it must be what was asked for.
                String about = "seed " + SEED + ": " + request + "\n" + answer.body();
                if (request.pathAndQuery().matches("/api/v1/(tasks|tokens)(\\?.*)?")) {
                    judgeStored(about, JSON.readTree(request.body()), JSON.readTree(answer.body()));
                }
                accepted++;
                send("DELETE", answer.headers().firstValue("Location").get());
            } else {
                check(request, answer);
            }
        }
        System.out.println("hostile requests: " + accepted + " were taken after all");
        assertThat(others()).isEqualTo(before);
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
    private void restoreVictims() throws SQLException {
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

    private static void check(Request request, HttpResponse<String> answer) throws IOException {
        String about = "seed " + SEED + ": " + request + "\n" + answer.statusCode() + " " + answer.body();
        if (answer.statusCode() < 400) {
            return;
        }
        // A path that names no resource is the HTTP server's to refuse, a head that is too large too.
        if (answer.body().isEmpty() && OF_THE_SERVER.contains(answer.statusCode())) {
            return;
        }
        assertThat(answer.headers().firstValue("Content-Type"))
                .as(about)
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::name))
                .as(about)
                .contains(problem.path("code").asText());
        assertThat(problem.path("detail").asText()).as(about).isNotBlank();
        // A class of Java, not the exceptions of a task.
        assertThat(answer.body())
                .as(about)
                .doesNotContain("\\tat ", "io.sluice", "org.hibernate")
                .doesNotContainPattern("[a-z]Exception");
        if (answer.statusCode() >= 500) {
            assertThat(answer.statusCode()).as(about).isEqualTo(501);
            assertThat(problem.path("code").asText()).as(about).isEqualTo("NOT_AVAILABLE");
        }
    }

    private HttpResponse<String> send(Request request) throws IOException, InterruptedException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(server.resolve("/"))
                .uri(URI.create(server.toString().replaceAll("/+$", "") + request.pathAndQuery()))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + TestServers.TOKEN)
                .method(
                        request.method(),
                        request.body() == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofString(request.body(), request.charset()));
        request.headers().forEach((name, value) -> {
            if (!value.isEmpty()) {
                builder.header(name, value);
            }
        });
        if (request.pathAndQuery().contains("/stream")) {
            // It does not end by itself.
            HttpResponse<Stream<String>> live = client.send(builder.build(), BodyHandlers.ofLines());
            if (live.statusCode() == 200) {
                live.body().close();
                return get("/q/health/live");
            }
        }
        return client.send(builder.build(), BodyHandlers.ofString(UTF_8));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path);
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        URI address = path.startsWith("http") ? URI.create(path) : server.resolve(path);
        return client.send(
                HttpRequest.newBuilder(address)
                        .header("Authorization", "Bearer " + TestServers.TOKEN)
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString(UTF_8));
    }
}
