package io.sluice.task.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.task.TestServers;
import io.sluice.task.openapi.HostileRequests.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
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

    @TestHTTPResource
    URI server;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void noRequestIsAnsweredWithAnInternalErrorOrStoresAnything() throws Exception {
        System.out.println("hostile requests: -Dsluice.seed=" + SEED);
        HostileRequests requests =
                new HostileRequests(JSON.readTree(get("/q/openapi?format=json").body()), new SplittableRandom(SEED));
        assertThat(requests.operations()).isGreaterThan(15);
        String before = get("/api/v1/tasks").body();
        for (int i = 0; i < ROUNDS * requests.operations(); i++) {
            Request request = requests.request(i);
            HttpResponse<String> answer = send(request);
            if (answer.statusCode() == 201
                    && answer.headers().firstValue("Location").isPresent()) {
                // Not hostile enough: a rule that was broken would be another test's business.
                send("DELETE", answer.headers().firstValue("Location").get());
            } else {
                check(request, answer);
            }
        }
        assertThat(get("/api/v1/tasks").body()).isEqualTo(before);
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
        assertThat(answer.body()).as(about).doesNotContain("Exception", "\\tat ", "io.sluice", "org.hibernate");
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
