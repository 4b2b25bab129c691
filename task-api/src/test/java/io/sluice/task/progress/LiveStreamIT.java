package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.TableName;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import io.sluice.task.task.TaskTables;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The live stream as a browser reads it. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class LiveStreamIT {

    private static final Pair PAIR = new Pair("no_source", "no_target");
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TestHTTPResource("/api/v1/tasks")
    URL tasks;

    @Inject
    TaskTables tables;

    @Test
    void changesAreSeenLive() throws Exception {
        String id = Api.created(PAIR.task(Api.name("live")));
        try (Reader reader = open(id, null)) {
            reader.await("state", "\"CONFIGURATION\"");
            reader.await("progress", "\"percent\"");
            reader.await("lag", "\"totalMillis\"");

            Api.put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1, step = 'APPLYING'");
            Api.action(id, "pause").statusCode(202);

            reader.await("event", "INCREMENTAL_SYNC to PAUSED");
            reader.await("state", "\"PAUSED\"");
            assertThat(reader.type).startsWith("text/event-stream");
        }
    }

    @Test
    void aReconnectLosesAndDoublesNothing() throws Exception {
        String id = Api.created(PAIR.task(Api.name("reconnect")));
        Api.put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1");
        List<String> seen = new ArrayList<>();
        String last;
        try (Reader reader = open(id, null)) {
            reader.await("state", "INCREMENTAL_SYNC");
            pauseAndResume(id);
            reader.await("event", "PAUSED to INCREMENTAL_SYNC");
            last = reader.lastId();
            seen.addAll(reader.ids("event"));
        }
        pauseAndResume(id);
        pauseAndResume(id);
        try (Reader reader = open(id, last)) {
            pauseAndResume(id);
            await().atMost(PATIENCE).until(() -> reader.ids("event").size() >= 12);
            seen.addAll(reader.ids("event"));
        }

        assertThat(seen)
                .containsExactlyElementsOf(Api.query(
                        "sluice", "SELECT id FROM task_event WHERE task_id = '" + id + "' ORDER BY id OFFSET 1"));
    }

    @Test
    void aLongHistoryIsReadToItsEnd() throws Exception {
        String id = Api.created(PAIR.task(Api.name("long")));
        Api.execute(
                "sluice",
                "INSERT INTO task_event (task_id, at, kind, state, detail) SELECT '" + id
                        + "', now(), 'ERROR', 'CONFIGURATION', n::text FROM generate_series(1, 450) n");
        try (Reader reader = open(id, "0")) {
            reader.await("state", "CONFIGURATION");

            assertThat(reader.ids("event"))
                    .containsExactlyElementsOf(
                            Api.query("sluice", "SELECT id FROM task_event WHERE task_id = '" + id + "' ORDER BY id"));
        }
    }

    @Test
    void aQuietStreamShowsThatItLives() throws Exception {
        String id = Api.created(PAIR.task(Api.name("quiet")));
        try (Reader reader = open(id, null)) {
            await().atMost(PATIENCE)
                    .until(() -> reader.lines.stream()
                                    .filter(line -> line.startsWith(":"))
                                    .count()
                            >= 2);
        }
    }

    @Test
    void manyReadersSeeTheLoadMoveAndTheTablesAtWork() throws Exception {
        String id = Api.created(PAIR.task(Api.name("loading")));
        try (Reader one = open(id, null);
                Reader other = open(id, null)) {
            one.await("progress", "\"tableCount\":0");
            loaded(id, TableState.LOADING, 30);
            for (Reader reader : List.of(one, other)) {
                reader.await("progress", "\"tableCount\":1");
                reader.await("progress", "\"state\":\"LOADING\",\"rows\":30");
            }
            loaded(id, TableState.DONE, 80);
            for (Reader reader : List.of(one, other)) {
                reader.await("progress", "\"percent\":100,\"rows\":80");
            }
        }
    }

    /** Where somebody reads already, the first message is there as soon as the reader is. */
    @Test
    void eachOfManyReadersIsToldAtOnce() throws Exception {
        String id = Api.created(PAIR.task(Api.name("at-once")));
        try (Reader first = open(id, null)) {
            first.await("progress", "\"tableCount\":0");
            for (int i = 0; i < 60; i++) {
                try (Reader reader = open(id, null)) {
                    reader.await("progress", "\"tableCount\":0");
                }
            }
        }
    }

    @Test
    void aReaderWhoseTokenIsRevokedIsCutOff() throws Exception {
        String id = Api.created(PAIR.task(Api.name("revoked")));
        var issued = call().body(
                        "{\"name\": \"%s\", \"role\": \"viewer\", \"projects\": [\"*\"]}".formatted(Api.name("reader")))
                .post("/api/v1/tokens")
                .then()
                .statusCode(201)
                .extract();
        try (Reader reader = open(id, null, issued.path("token"));
                Reader admin = open(id, null)) {
            reader.await("state", "CONFIGURATION");
            call().delete("/api/v1/tokens/" + issued.path("id")).then().statusCode(204);

            await().atMost(PATIENCE).until(() -> !reader.thread.isAlive());
            assertThat(admin.thread.isAlive()).isTrue();
        }
    }

    @Test
    void aReaderIsCutOffWhenTheTaskMovesToAnotherProject() throws Exception {
        String id = Api.created(PAIR.task(Api.name("moving"), ", \"project\": \"seen\""));
        String token = call().body("{\"name\": \"%s\", \"role\": \"viewer\", \"projects\": [\"seen\"]}"
                        .formatted(Api.name("reader")))
                .post("/api/v1/tokens")
                .then()
                .statusCode(201)
                .extract()
                .path("token");
        try (Reader reader = open(id, null, token);
                Reader admin = open(id, null)) {
            reader.await("state", "CONFIGURATION");
            call().header("If-Match", "\"1\"")
                    .body("{\"project\": \"hidden\"}")
                    .patch("/api/v1/tasks/" + id)
                    .then()
                    .statusCode(200);

            admin.await("event", "project");
            await().atMost(PATIENCE).until(() -> !reader.thread.isAlive());
            assertThat(admin.thread.isAlive()).isTrue();
        }
    }

    @Test
    void moreStreamsThanTheLimitAreRefusedUntilOneEnds() throws Exception {
        String id = Api.created(PAIR.task(Api.name("crowd")));
        List<Reader> readers = new ArrayList<>();
        try {
            // Those of other tests may still be open.
            await().atMost(PATIENCE).until(() -> {
                HttpResponse<InputStream> answer = send(id, null, HttpResponse.BodyHandlers.ofInputStream());
                if (answer.statusCode() == 200) {
                    readers.add(new Reader(answer));
                    return false;
                }
                return answer.statusCode() == 429;
            });
            HttpResponse<String> refused = send(id, null, HttpResponse.BodyHandlers.ofString());
            assertThat(refused.body()).contains("TOO_MANY_STREAMS", TestServers.STREAMS + " open streams");
            assertThat(readers).hasSizeLessThanOrEqualTo(TestServers.STREAMS);
        } finally {
            for (Reader reader : readers) {
                reader.close();
            }
        }
        await().atMost(PATIENCE).until(() -> {
            HttpResponse<InputStream> answer = send(id, null, HttpResponse.BodyHandlers.ofInputStream());
            answer.body().close();
            return answer.statusCode() == 200;
        });
    }

    @Test
    void itEndsWithTheTask() throws Exception {
        String id = Api.created(PAIR.task(Api.name("ends")));
        try (Reader reader = open(id, null)) {
            reader.await("state", "CONFIGURATION");
            call().delete("/api/v1/tasks/" + id).then().statusCode(204);
            await().atMost(PATIENCE).until(() -> !reader.thread.isAlive());
        }
        HttpResponse<String> gone = send(id, null, HttpResponse.BodyHandlers.ofString());
        assertThat(gone.statusCode()).isEqualTo(404);
        assertThat(new ObjectMapper().readTree(gone.body()).path("code").asText())
                .isEqualTo("TASK_NOT_FOUND");
    }

    private static void pauseAndResume(String id) {
        Api.action(id, "pause").statusCode(202);
        Api.action(id, "resume").statusCode(202);
    }

    private void loaded(String id, TableState state, long rows) {
        QuarkusTransaction.requiringNew()
                .run(() -> tables.put(
                        id, List.of(new TableProgress(new TableName("public", "a"), state, 100, rows, rows))));
    }

    private Reader open(String id, @Nullable String lastEventId) throws Exception {
        return open(id, lastEventId, TestServers.TOKEN);
    }

    /** Streams of earlier tests may not know yet that their readers have gone. */
    private Reader open(String id, @Nullable String lastEventId, String token) throws Exception {
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            HttpResponse<InputStream> answer =
                                    send(id, lastEventId, token, HttpResponse.BodyHandlers.ofInputStream());
                            assertThat(answer.statusCode()).isIn(200, 429);
                            return answer.statusCode() == 200 ? new Reader(answer) : null;
                        },
                        reader -> reader != null);
    }

    private <T> HttpResponse<T> send(String id, @Nullable String lastEventId, HttpResponse.BodyHandler<T> handler)
            throws Exception {
        return send(id, lastEventId, TestServers.TOKEN, handler);
    }

    private <T> HttpResponse<T> send(
            String id, @Nullable String lastEventId, String token, HttpResponse.BodyHandler<T> handler)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(tasks + "/" + id + "/stream"))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "text/event-stream");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return client.send(request.build(), handler);
    }

    /** Reads a stream line by line until it ends. */
    private static final class Reader implements AutoCloseable {

        private final String type;
        private final InputStream body;
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Thread thread;

        Reader(HttpResponse<InputStream> answer) {
            type = answer.headers().firstValue("Content-Type").orElse("");
            body = answer.body();
            thread = Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            } catch (IOException | java.io.UncheckedIOException e) {
                lines.add("closed");
            }
        }

        void await(String name, String text) {
            org.awaitility.Awaitility.await()
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(messages(name))
                            .anySatisfy(message -> assertThat(message.data()).contains(text)));
        }

        List<String> ids(String name) {
            return messages(name).stream().map(Message::id).toList();
        }

        String lastId() {
            return messages("").getLast().id();
        }

        /** @param name empty for all */
        private List<Message> messages(String name) {
            List<Message> messages = new ArrayList<>();
            String event = "";
            String id = "";
            StringBuilder data = new StringBuilder();
            for (String line : lines) {
                if (line.startsWith("event:")) {
                    event = line.substring(6).strip();
                } else if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("data:")) {
                    data.append(line.substring(5));
                } else if (line.isEmpty()) {
                    if (!data.isEmpty() && (name.isEmpty() || event.equals(name))) {
                        messages.add(new Message(event, id, data.toString()));
                    }
                    event = "";
                    id = "";
                    data.setLength(0);
                }
            }
            return messages;
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    private record Message(String name, String id, String data) {}
}
