package io.sluice.localstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** The REST API as any user would call it. Thread-safe. */
final class TaskClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final String token;

    TaskClient(String url, String token) {
        this.url = url;
        this.token = token;
    }

    /** Creates a task for all tables of schema public and returns its id. */
    String create(String name, PostgresServer source, PostgresServer target, String database) {
        ObjectNode spec = JSON.createObjectNode();
        spec.put("name", name).put("mode", "FULL_AND_INCREMENTAL");
        spec.set("source", endpoint(source, database));
        spec.set("target", endpoint(target, database).put("dialect", "postgresql"));
        spec.putObject("objects")
                .putArray("include")
                .addObject()
                .put("schema", "public")
                .put("table", "*");
        spec.putObject("fullLoad").put("workers", 4);
        return send("POST", "", spec.toString()).required("id").asText();
    }

    /** Begins to look at source and target; see {@link #latestPrecheck}. */
    void precheck(String id) {
        send("POST", "/" + id + "/prechecks", "{}");
    }

    JsonNode latestPrecheck(String id) {
        return send("GET", "/" + id + "/prechecks/latest", "");
    }

    /** Says that these warnings were read. */
    void confirm(String id, List<String> keys) {
        ObjectNode body = JSON.createObjectNode();
        keys.forEach(body.putArray("items")::add);
        send("POST", "/" + id + "/prechecks/latest/confirmations", body.toString());
    }

    void start(String id) {
        send("POST", "/" + id + "/start", "{}");
    }

    /** Begins a comparison of all tables and returns its number. */
    int compare(String id, String kind) {
        return send(
                        "POST",
                        "/" + id + "/comparisons",
                        JSON.createObjectNode().put("kind", kind).toString())
                .required("number")
                .asInt();
    }

    JsonNode comparison(String id, int number) {
        return send("GET", "/" + id + "/comparisons/" + number, "");
    }

    JsonNode task(String id) {
        return send("GET", "/" + id, "");
    }

    JsonNode progress(String id) {
        return send("GET", "/" + id + "/progress", "");
    }

    JsonNode lag(String id) {
        return send("GET", "/" + id + "/lag", "");
    }

    private static ObjectNode endpoint(PostgresServer server, String database) {
        return JSON.createObjectNode()
                .put("host", server.host())
                .put("port", server.port())
                .put("database", database)
                .put("username", PostgresServer.SUPERUSER)
                .put("password", server.password());
    }

    private JsonNode send(String method, String path, String body) {
        URI uri = URI.create(url + "/api/v1/tasks" + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new DemoFailedException(
                        "%s %s answered %d: %s".formatted(method, uri, response.statusCode(), response.body()));
            }
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new DemoFailedException(method + " " + uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoFailedException("interrupted", e);
        }
    }
}
