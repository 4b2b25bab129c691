package io.sluice.task.progress;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
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

    @Test
    void changesAreSeenLive() throws Exception {
        String id = Api.created(PAIR.task(Api.name("live")));
        try (Reader reader = open(id, null)) {
            reader.await("state", "\"CONFIGURATION\"");
            reader.await("progress", "\"percent\"");
            reader.await("lag", "\"totalMillis\"");

            put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1, step = 'APPLYING'");
            Api.action(id, "pause").statusCode(202);

            reader.await("event", "INCREMENTAL_SYNC to PAUSED");
            reader.await("state", "\"PAUSED\"");
            assertThat(reader.type).startsWith("text/event-stream");
        }
    }

    @Test
    void aReconnectLosesAndDoublesNothing() throws Exception {
        String id = Api.created(PAIR.task(Api.name("reconnect")));
        put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1");
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

    private static void put(String id, String columns) throws Exception {
        Api.execute("sluice", "UPDATE task SET " + columns + " WHERE id = '" + id + "'");
    }

    private Reader open(String id, @Nullable String lastEventId) throws Exception {
        HttpResponse<InputStream> answer = send(id, lastEventId, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return new Reader(answer);
    }

    private <T> HttpResponse<T> send(String id, @Nullable String lastEventId, HttpResponse.BodyHandler<T> handler)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(tasks + "/" + id + "/stream"))
                .header("Authorization", "Bearer " + TestServers.TOKEN)
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
