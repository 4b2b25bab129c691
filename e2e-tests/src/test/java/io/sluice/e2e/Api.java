package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/** A REST API as any program would call it. Thread-safe. */
final class Api {
    static final ObjectMapper JSON = new ObjectMapper();

    /** What every answer of this run said, for the search for secrets. */
    static final Queue<String> ANSWERS = new ConcurrentLinkedQueue<>();

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .sslContext(Sluice.AUTHORITY.trusting())
            .build();

    private final String url;
    private final String token;

    /** @param token empty to send none */
    Api(String url, String token) {
        this.url = url;
        this.token = token;
    }

    /** What came back. */
    record Answer(int status, String type, String location, String text) {
        JsonNode json() {
            try {
                return text.isEmpty() ? MissingNode.getInstance() : JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new AssertionError("not JSON: " + this, e);
            }
        }

        /** The body, when the status is the one expected. */
        JsonNode expect(int expected) {
            if (status != expected) {
                throw new AssertionError("expected " + expected + ", got " + this);
            }
            return json();
        }

        /** Fails unless this is a problem with this code that says what to do. */
        void assertProblem(String expected) {
            assertThat(type).startsWith("application/problem+json");
            assertThat(code()).as(text).isEqualTo(expected);
            assertThat(json().path("detail").asText()).as(text).isNotBlank();
            assertThat(json().path("status").asInt()).isEqualTo(status);
        }

        /** The code of a problem. */
        String code() {
            return json().path("code").asText();
        }
    }

    Answer get(String path) {
        return send("GET", path, null);
    }

    Answer post(String path, ObjectNode body) {
        return send("POST", path, body.toString());
    }

    Answer post(String path) {
        return send("POST", path, "{}");
    }

    Answer delete(String path) {
        return send("DELETE", path, null);
    }

    /** Changes parts of what is there, as long as it is of this version. */
    Answer patch(String path, long version, ObjectNode changes) {
        return answer(
                "PATCH",
                path,
                request(path)
                        .header("If-Match", "\"" + version + "\"")
                        .method("PATCH", HttpRequest.BodyPublishers.ofString(changes.toString())));
    }

    /** @param body null for none */
    Answer send(String method, String path, String body) {
        return answer(
                method,
                path,
                request(path)
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Server-sent events from now until it is closed; each line is among the answers. */
    EventStream listen(String path) {
        try {
            HttpResponse<Stream<String>> response =
                    HTTP.send(request(path).build(), HttpResponse.BodyHandlers.ofLines());
            assertThat(response.statusCode()).isEqualTo(200);
            Thread.ofVirtual().start(() -> take(response.body()));
            return response.body()::close;
        } catch (IOException e) {
            throw new NoAnswerException("GET " + url + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void take(Stream<String> lines) {
        try {
            lines.forEach(ANSWERS::add);
        } catch (UncheckedIOException closed) {
            // Its end is not for the reader to judge.
        }
    }

    /** Events that are being listened to. */
    interface EventStream extends AutoCloseable {
        @Override
        void close();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json");
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private Answer answer(String method, String path, HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            ANSWERS.add(response.body());
            return new Answer(
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(""),
                    response.headers().firstValue("Location").orElse(""),
                    response.body());
        } catch (IOException e) {
            throw new NoAnswerException(method + " " + url + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The service was not there, as while it is killed. */
    static final class NoAnswerException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private NoAnswerException(String message, IOException cause) {
            super(message, cause);
        }
    }
}
