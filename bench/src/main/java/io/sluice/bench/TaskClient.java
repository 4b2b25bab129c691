package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.SluiceStack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Tasks of a running Sluice, over its REST API. A task is named by its path below {@code /api/v1/tasks}. */
final class TaskClient {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final SluiceStack stack;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TaskClient(SluiceStack stack) {
        this.stack = stack;
    }

    /** Makes a task for every table of schema public, with the prechecks behind it: it may be started. */
    String create(String mode, ObjectNode source, ObjectNode target, int workers) {
        ObjectNode spec = JSON.createObjectNode();
        spec.put("name", "bench-" + NAMES.incrementAndGet()).put("mode", mode);
        spec.set("source", source);
        spec.set("target", target.put("dialect", "postgresql"));
        spec.putObject("objects")
                .putArray("include")
                .addObject()
                .put("schema", "public")
                .put("table", "*");
        spec.putObject("fullLoad").put("workers", workers);
        String path = "/" + send("POST", "", spec).path("id").asText();
        send("POST", path + "/prechecks", JSON.createObjectNode());
        JsonNode precheck = await(path + "/prechecks/latest", "state", "RUNNING");
        ObjectNode confirmed = JSON.createObjectNode();
        ArrayNode keys = confirmed.putArray("items");
        for (JsonNode item : precheck.path("items")) {
            if (item.path("result").asText().equals("WARNING")) {
                keys.add(item.path("key").asText());
            }
        }
        if (!keys.isEmpty()) {
            send("POST", path + "/prechecks/latest/confirmations", confirmed);
        }
        return path;
    }

    void action(String path, String verb) {
        send("POST", path + "/" + verb, JSON.createObjectNode());
    }

    /** Returns once the task has none of these states any more; throws when it has another one than this then. */
    void awaitState(String path, String wanted, String... passing) {
        JsonNode task = await(path, "state", passing);
        if (!task.path("state").asText().equals(wanted)) {
            throw new IllegalStateException("the task is not " + wanted + ": " + task);
        }
    }

    /** Returns what is there once the field has none of these values any more. */
    JsonNode await(String path, String field, String... passing) {
        while (true) {
            JsonNode now = send("GET", path, null);
            String value = now.path(field).asText();
            boolean over = true;
            for (String one : passing) {
                over &= !one.equals(value);
            }
            if (over) {
                return now;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    /** An end of a task, as the superuser. */
    static ObjectNode endpoint(PostgresServer server, String database) {
        return JSON.createObjectNode()
                .put("host", server.host())
                .put("port", server.port())
                .put("database", database)
                .put("username", PostgresServer.SUPERUSER)
                .put("password", server.password());
    }

    JsonNode send(String method, String path, @Nullable JsonNode body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(stack.taskApi().url() + "/api/v1/tasks" + path))
                .header("Authorization", "Bearer " + stack.adminToken())
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IllegalStateException(method + " " + path + " answered " + response.body());
            }
            return JSON.readTree(response.body().isEmpty() ? "{}" : response.body());
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
