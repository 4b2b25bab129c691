package io.sluice.http.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.http.document.HostileRequests.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Sends hostile requests to a service: whatever comes in, the answer is a problem that says what to do. For one thread. */
public final class HostileRun {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of each operation. */
    private static final int ROUNDS = Integer.getInteger("hostile.rounds", 25);

    private static final long SEED = Long.getLong("sluice.seed", System.nanoTime());

    private final URI server;
    private final String token;
    private final Map<String, List<String>> present;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * @param token of an administrator
     * @param present ids of what is there, by what they follow in a path; looked at before each request
     */
    public HostileRun(URI server, String token, Map<String, List<String>> present) {
        this.server = server;
        this.token = token;
        this.present = present;
    }

    /** The service under test, beyond its document. */
    public interface Service {

        /** Before each request. */
        void prepare() throws Exception;

        /**
         * A request that was not hostile enough has made something.
         *
         * @param about the request and its seed, for the words of an assertion
         */
        void judgeMade(String about, Request request, JsonNode made);

        /** Whether people read the answers to this path, as pages in HTML. */
        default boolean answersPages(String path) {
            return false;
        }
    }

    /** What is made on the way is deleted again. */
    public void carryOut(Service service) throws Exception {
        System.out.println("hostile requests: -Dsluice.seed=" + SEED);
        JsonNode document = JSON.readTree(send("GET", "/q/openapi?format=json").body());
        DocumentedAnswers answers = new DocumentedAnswers(document);
        HostileRequests requests = new HostileRequests(document, new SplittableRandom(SEED), present);
        assertThat(requests.operations()).isGreaterThan(15);
        int made = 0;
        for (int i = 0; i < ROUNDS * requests.operations(); i++) {
            service.prepare();
            Request request = requests.request(i);
            HttpResponse<String> answer = send(request);
            String about = "seed " + SEED + ": " + request + "\n" + answer.statusCode() + " " + answer.body();
            if (answer.statusCode() == 201
                    && answer.headers().firstValue("Location").isPresent()) {
                service.judgeMade(about, request, JSON.readTree(answer.body()));
                made++;
                send("DELETE", answer.headers().firstValue("Location").get());
            } else if (answer.statusCode() >= 400 && !service.answersPages(request.pathAndQuery())) {
                judgeRefused(about, answer);
            } else {
                assertThat(answer.statusCode()).as(about).isLessThan(500);
            }
            answers.note(request.operation(), answer.statusCode(), code(answer));
        }
        assertThat(answers.others())
                .as("seed " + SEED + ": what the document does not tell of")
                .isEmpty();
        System.out.println("hostile requests: " + made + " were taken after all");
    }

    /** Empty when it is no problem. */
    private static String code(HttpResponse<String> answer) throws IOException {
        boolean problem = answer.headers()
                .firstValue("Content-Type")
                .filter(type -> type.startsWith("application/problem+json"))
                .isPresent();
        return problem ? JSON.readTree(answer.body()).path("code").asText() : "";
    }

    private static void judgeRefused(String about, HttpResponse<String> answer) throws IOException {
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
                .header("Authorization", "Bearer " + token)
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
                return send("GET", "/q/health/live");
            }
        }
        return client.send(builder.build(), BodyHandlers.ofString(UTF_8));
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        URI address = path.startsWith("http") ? URI.create(path) : server.resolve(path);
        return client.send(
                HttpRequest.newBuilder(address)
                        .header("Authorization", "Bearer " + token)
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString(UTF_8));
    }
}
