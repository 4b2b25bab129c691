package io.sluice.task.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is larger than the service takes is answered with a problem like everything else. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class RequestSizesIT {

    private static final int LARGEST_BODY = 2 * 1024 * 1024;
    private static final int LONGEST_URI = 4096;
    private static final int MOST_HEADERS = 20 * 1024;

    @TestHTTPResource
    URI server;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void aBodyThatIsTooLargeIsRefusedWithItsLimit() throws Exception {
        for (int size : new int[] {LARGEST_BODY + 1, 3 * LARGEST_BODY}) {
            HttpResponse<String> answer = post(BodyPublishers.ofByteArray(new byte[size]));
            assertProblem(answer, 413, "BODY_TOO_LARGE", "at most " + LARGEST_BODY + " bytes");
        }
        assertThat(post(BodyPublishers.ofByteArray(new byte[LARGEST_BODY])).statusCode())
                .isEqualTo(400);
    }

    /** Nobody has said how long it is. */
    @Test
    void soIsOneThatComesInChunks() throws Exception {
        for (int size : new int[] {LARGEST_BODY + 1, LARGEST_BODY + 64 * 1024, 3 * LARGEST_BODY}) {
            assertProblem(post(chunks(new byte[size])), 413, "BODY_TOO_LARGE", "at most " + LARGEST_BODY + " bytes");
        }
        assertThat(post(chunks(new byte[LARGEST_BODY])).statusCode()).isEqualTo(400);
    }

    @Test
    void whatComesInChunksIsTakenLikeEverythingElse() throws Exception {
        String name = Api.name("chunks");
        String task = new Api.Pair("source", "target").task(name, ", \"description\": \"Ääh\"");
        // The spaces make it too long for one chunk.
        byte[] body = (task + " ".repeat(LARGEST_BODY - 4096)).getBytes(StandardCharsets.UTF_8);
        for (boolean asked : new boolean[] {false, true}) {
            HttpResponse<String> answer = client.send(
                    request("/api/v1/tasks")
                            .header("Content-Type", "application/json")
                            .expectContinue(asked)
                            .POST(chunks(body))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(asked ? 409 : 201);
        }
        assertThat(get("/api/v1/tasks?q=" + name, "").body()).contains("Ääh");
        assertThat(post(chunks(new byte[0])).statusCode()).isEqualTo(400);
    }

    /** As curl sends a POST without a body. */
    @Test
    void neitherLengthNorBodyIsNoBody() throws Exception {
        String request = "POST /api/v1/tasks/none/pause HTTP/1.1\r\nHost: sluice\r\nConnection: close\r\n"
                + "Authorization: Bearer " + TestServers.TOKEN + "\r\n\r\n";
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 404 ")
                    .contains("TASK_NOT_FOUND");
        }
    }

    @Test
    void aPathThatIsTooLongIsRefused() throws Exception {
        for (int size : new int[] {LONGEST_URI + 1, 6 * LONGEST_URI}) {
            HttpResponse<String> answer = get("/api/v1/tasks?q=" + "x".repeat(size), "");
            assertProblem(answer, 414, "URI_TOO_LONG", "at most " + LONGEST_URI);
        }
        assertThat(get("/api/v1/tasks?q=" + "x".repeat(LONGEST_URI - 100), "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void headersThatAreTooLargeAreRefused() throws Exception {
        for (int size : new int[] {MOST_HEADERS, 6 * MOST_HEADERS}) {
            assertProblem(get("/api/v1/tasks", "x".repeat(size)), 431, "HEADERS_TOO_LARGE", "at most " + MOST_HEADERS);
        }
        assertThat(get("/api/v1/tasks", "x".repeat(MOST_HEADERS - 1000)).statusCode())
                .isEqualTo(200);
    }

    /** Who is not known is told nothing of limits. */
    @Test
    void withoutATokenTheAnswerIsThat() throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(server.resolve("/api/v1/tasks?q=" + "x".repeat(LONGEST_URI + 1)))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(401);
    }

    private static BodyPublisher chunks(byte[] body) {
        return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));
    }

    private HttpResponse<String> post(BodyPublisher body) throws Exception {
        return client.send(
                request("/api/v1/tasks")
                        .header("Content-Type", "application/json")
                        .POST(body)
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String header) throws Exception {
        return client.send(request(path).header("X-Filler", header).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.resolve(path)).header("Authorization", "Bearer " + TestServers.TOKEN);
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code, String detail)
            throws Exception {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = new ObjectMapper().readTree(answer.body());
        assertThat(problem.path("code").asText()).isEqualTo(code);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("detail").asText()).contains(detail);
    }
}
