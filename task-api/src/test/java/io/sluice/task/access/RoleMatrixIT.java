package io.sluice.task.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.access.Tokens.Issued;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every operation of the API for every role. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
@QuarkusTestResource(AccessServers.class)
class RoleMatrixIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");

    private static final List<String> COLUMNS = List.of(
            "viewer alpha", "operator alpha", "admin alpha", "operator beta", "viewer *", "operator *", "admin *");

    private static final String MATRIX = """
        GET    | /api/v1/tasks                | 200 200 200 200 200 200 200 |
        GET    | /api/v1/tasks/{id}           | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/events    | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/progress  | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/lag       | 200 200 200 404 200 200 200 |
        GET    | /api/v1/tasks/{id}/stream    | 200 200 200 404 200 200 200 |
        POST   | /api/v1/tasks                | 403 400 400 400 403 400 400 |
        POST   | /api/v1/tasks/{id}/pause     | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks/{id}/resume    | 403 409 409 404 403 409 409 |
        PATCH  | /api/v1/tasks/{id}           | 403 428 428 404 403 428 428 |
        POST   | /api/v1/tasks/{id}/start     | 403 422 422 404 403 422 422 |
        DELETE | /api/v1/tasks/{id}/start     | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks/{id}/reset     | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks?from={id}      | 403 400 400 404 403 400 400 |
        POST   | /api/v1/tasks/{id}/prechecks/latest/confirmations | 403 404 404 404 403 404 404 |
        GET    | /api/v1/tasks/{id}/source/objects | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/source/distribution | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/source/objects/public.a/dependencies | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/exceptions | 422 422 422 404 422 422 422 |
        GET    | /api/v1/tasks/{id}/structure/problems | 422 422 422 404 422 422 422 |
        POST   | /api/v1/tasks/{id}/exceptions/1/retry | 403 422 422 404 403 422 422 | PAUSED
        POST   | /api/v1/tasks/{id}/exceptions/1/skip | 403 422 422 404 403 422 422 | PAUSED
        POST   | /api/v1/connection-tests     | 403 400 400 400 403 400 400 |
        GET    | /api/v1/tokens               | 403 403 403 403 403 403 200 |
        GET    | /api/v1/tokens/0             | 403 403 403 403 403 403 404 |
        POST   | /api/v1/tokens               | 403 403 403 403 403 403 400 |
        DELETE | /api/v1/tokens/0             | 403 403 403 403 403 403 404 |
        GET    | /api/v1/audit                | 403 403 403 403 403 403 200 |
        POST   | /api/v1/secrets/reencrypt    | 403 403 403 403 403 403 200 |
        POST   | /api/v1/tasks/{id}/stop      | 403 409 409 404 403 409 409 | COMPLETED
        DELETE | /api/v1/tasks/{id}           | 403 409 409 404 403 409 409 | FULL_SYNC
        POST   | /api/v1/tasks/{id}/prechecks | 403 409 409 404 403 409 409 | FULL_SYNC
        GET    | /api/v1/tasks/{id}/prechecks/latest | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/structure/retries | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/comparisons | 200 200 200 404 200 200 200 |
        POST   | /api/v1/tasks/{id}/comparisons | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/comparisons/1 | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/comparisons/1/cancel | 403 404 404 404 403 404 404 |
        POST   | /api/v1/tasks/{id}/comparisons/1/repair | 403 404 404 404 403 404 404 |
        GET    | /api/v1/tasks/{id}/comparisons/1/repair | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/snapshots | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/snapshots | 200 200 200 404 200 200 200 |
        POST   | /api/v1/tasks/{id}/snapshots/1/cancel | 403 409 409 404 403 409 409 |
        POST   | /api/v1/tasks/{id}/cutover   | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/cutover   | 404 404 404 404 404 404 404 |
        DELETE | /api/v1/tasks/{id}/cutover | 403 404 404 404 403 404 404 |
        POST   | /api/v1/tasks/{id}/objects   | 403 400 400 404 403 400 400 | INCREMENTAL_SYNC
        POST   | /api/v1/tasks/{id}/tables/public.a/reload | 403 409 409 404 403 409 409 |
        GET    | /api/v1/tasks/{id}/comparisons/1/differences | 404 404 404 404 404 404 404 |
        GET    | /api/v1/tasks/{id}/comparisons/1/repair-sql | 404 404 404 404 404 404 404 |
        POST   | /api/v1/tasks/{id}/cutover/abort | 403 404 404 404 403 404 404 |
        """;

    @TestHTTPResource("/")
    URI server;

    @Test
    void everyOperationIsInTheMatrix() {
        Map<String, Map<String, Object>> paths =
                given().get("/q/openapi?format=json").jsonPath().getMap("paths");
        List<String> missing = new ArrayList<>();
        paths.forEach((path, item) -> item.keySet().stream()
                .filter(method -> path.startsWith("/api/"))
                .map(method -> method.toUpperCase(Locale.ROOT) + "\\s+\\|\\s+" + path.replaceAll("\\{.*?}", "[^/]+"))
                .filter(operation ->
                        MATRIX.lines().noneMatch(line -> line.strip().matches(operation + "\\s+\\|.*")))
                .forEach(missing::add));
        assertThat(missing).isEmpty();
    }

    /** Statuses in the order of {@link #COLUMNS}; the task is in the project alpha. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = MATRIX)
    void aRoleOpensWhatItShould(String method, String path, String statuses, @Nullable String state) throws Exception {
        String id = Api.created(PAIR.task(Api.name("matrix"), ", \"project\": \"alpha\""));
        if (state != null) {
            Api.put(id, "state = '" + state + "', phase = 'RUN', generation = 1");
        }
        List<String> found = new ArrayList<>();
        for (String column : COLUMNS) {
            if (path.endsWith("/stream")) {
                found.add(Integer.toString(openStream(Tokens.of(column), id)));
                continue;
            }
            Response answer = Tokens.of(column)
                    .call()
                    .body("POST".equals(method) ? "{}" : "")
                    .request(method, path.replace("{id}", id));
            found.add(Integer.toString(answer.statusCode()));
            if (answer.statusCode() == 403) {
                assertThat(answer.jsonPath().getString("code")).isEqualTo("FORBIDDEN");
                assertThat(answer.jsonPath().getString("detail")).startsWith("This needs the role ");
            }
        }
        if (state != null) {
            Api.put(id, "state = 'CONFIGURATION', phase = NULL");
        }
        assertThat(String.join(" ", found)).isEqualTo(statuses);
    }

    /** The status, without waiting for the end of the answer, which has none. */
    private int openStream(Issued caller, String id) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.resolve("/api/v1/tasks/" + id + "/stream"))
                .header("Authorization", "Bearer " + caller.token())
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> answer = client.send(request, BodyHandlers.ofInputStream());
            answer.body().close();
            return answer.statusCode();
        }
    }
}
