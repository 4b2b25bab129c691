package io.sluice.http.document;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Makes requests for every operation of an OpenAPI document, of which at least one part is not what it should be. */
public final class HostileRequests {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");

    /** As they stand in JSON, so that escapes can be wrong. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1e400",
            "9223372036854775808",
            "0.5",
            "\"\"",
            "\" \"",
            "[]",
            "{}",
            "[[[[]]]]",
            "{\"a\": {\"b\": [1, {}]}}",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"\\udfff\\ud800x\"",
            "\"'; DROP TABLE task; --\"",
            "\"1) OR (SELECT pg_sleep(30)) IS NULL --\"",
            "\"\\\" OR 1=1\"",
            "\"../../etc/passwd\"",
            "\"http://169.254.169.254/latest/meta-data\"",
            "\"jdbc:postgresql://x/y?socketFactory=z\"",
            "\"${jndi:ldap://x}\"",
            "\"<script>alert(1)</script>\"",
            "\"\\r\\nX-Injected: 1\"",
            "\"\\u202e\\ufeff\"",
            "\"2026-02-30T25:61:00Z\"",
            "\"%s%n%x\"",
            "\"" + "x".repeat(1_000_000) + "\"",
            "[" + "1,".repeat(10_000) + "1]",
            "[" + "{},".repeat(10_000) + "{}]",
            "[".repeat(3_000) + "]".repeat(3_000));

    private static final String NOT_UTF_8 = "{\"\u00ff\u00c0\": 1}";

    private static final List<String> BODIES = List.of(
            "",
            "{",
            "nul",
            "[]",
            "\"text\"",
            "7",
            "{\"a\": 1, \"a\": 2}",
            "{\"name\": \"x\"} trailing",
            "\ufeff{}",
            "{\"\\ud800\": 1}");

    private static final List<String> PATH_PARTS = List.of(
            "00000000-0000-0000-0000-000000000000",
            "x",
            "' OR 1=1 --",
            "..%2f..%2fq%2fmetrics",
            "%00",
            "%ff%fe",
            "%ED%A0%80",
            "-1",
            "99999999999999999999",
            "a".repeat(3_000),
            "public.orders;DROP TABLE x",
            "*");

    private static final List<String> HEADERS =
            List.of("application/json", "application/merge-patch+json", "text/plain", "application/xml", "");

    private final JsonNode document;
    private final SplittableRandom random;
    private final Map<String, List<String>> present;
    private final List<Operation> operations = new ArrayList<>();

    /** @param present ids of what is there, for half of the requests, by what they follow in a path */
    HostileRequests(JsonNode document, SplittableRandom random, Map<String, List<String>> present) {
        this.document = document;
        this.random = random;
        this.present = present;
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(method -> METHODS.contains(method.getKey()))
                        .forEach(method ->
                                operations.add(new Operation(method.getKey(), path.getKey(), method.getValue()))));
    }

    /** One operation of the document. */
    private record Operation(String method, String path, JsonNode description) {}

    /**
     * @param operation as in {@code get /api/v1/tasks/{id}}
     * @param body null for none; may have to be sent as something else than UTF-8
     */
    public record Request(
            String operation,
            String method,
            String pathAndQuery,
            Map<String, String> headers,
            @Nullable String body,
            Charset charset) {

        @Override
        public String toString() {
            return method + " " + shortened(pathAndQuery) + " " + headers + " " + shortened(String.valueOf(body));
        }

        private static String shortened(String text) {
            return text.length() < 600 ? text : text.substring(0, 600) + "… (" + text.length() + ")";
        }
    }

    int operations() {
        return operations.size();
    }

    /** @param number requests with consecutive numbers go through all operations */
    Request request(int number) {
        Operation operation = operations.get(number % operations.size());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", random.nextInt(10) == 0 ? pick(HEADERS) : "application/json");
        if (random.nextInt(4) == 0) {
            headers.put("If-Match", pick(List.of("\"1\"", "*", "W/\"x\"", "\"", "\"99999999999999999999\"")));
        }
        if (random.nextInt(4) == 0) {
            headers.put("Idempotency-Key", pick(List.of("k", "k".repeat(5_000), "' --")));
        }
        String about = operation.method() + " " + operation.path();
        String method = operation.method().toUpperCase(Locale.ROOT);
        if (random.nextInt(30) == 0) {
            return new Request(about, method, address(operation), headers, NOT_UTF_8, StandardCharsets.ISO_8859_1);
        }
        return new Request(about, method, address(operation), headers, body(operation), StandardCharsets.UTF_8);
    }

    private String address(Operation operation) {
        String path = operation.path();
        while (path.contains("{")) {
            String before = path.substring(0, path.indexOf('{'));
            List<String> known = present.getOrDefault(lastPart(before), List.of());
            path = before
                    + pick(!known.isEmpty() && random.nextInt(2) == 0 ? known : PATH_PARTS)
                            .replace(" ", "%20")
                            .replace("'", "%27")
                    + path.substring(path.indexOf('}') + 1);
        }
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        for (JsonNode parameter : operation.description().path("parameters")) {
            if (parameter.path("in").asText().equals("query") && random.nextInt(2) == 0) {
                query.add(parameter.path("name").asText() + "=" + queryValue());
            }
        }
        return path + query;
    }

    /** {@code tasks} of {@code /api/v1/tasks/}. */
    private static String lastPart(String path) {
        String[] parts = path.split("/");
        return parts.length == 0 ? "" : parts[parts.length - 1];
    }

    private String queryValue() {
        String value =
                pick(List.of("-1", "0", "201", "x", "%", "'; --", "\u0000", "\ufffd", "a:b:c", "*".repeat(2_000)));
        return random.nextInt(8) == 0 ? "%ED%A0%80" : URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private @Nullable String body(Operation operation) {
        JsonNode content = operation.description().path("requestBody").path("content");
        if (content.isEmpty()) {
            return random.nextInt(3) == 0 ? pick(BODIES) : null;
        }
        if (random.nextInt(8) == 0) {
            return pick(BODIES);
        }
        JsonNode described = content.elements().next();
        List<String> marks = new ArrayList<>();
        // What the document gives as an example is right but for what is changed here; half of the time every field of
        // the schema is there, most of which has rules of its own.
        boolean right = described.has("example") && random.nextInt(2) == 0;
        JsonNode value = right ? right(described.path("example")) : example(described.path("schema"), 0);
        int changes = right ? 1 : 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            value = change(value, marks);
        }
        String text = value.toString();
        for (int i = 0; i < marks.size(); i++) {
            text = text.replace("\"@" + i + "@\"", marks.get(i));
        }
        return text;
    }

    /** Names are taken once. */
    private JsonNode right(JsonNode example) {
        JsonNode value = example.isTextual() ? parsed(example.asText()) : example.deepCopy();
        if (value instanceof ObjectNode object && object.has("name")) {
            object.put("name", "hostile-" + Long.toString(random.nextLong() >>> 1, 36));
        }
        return value;
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an example is no JSON: " + text, e);
        }
    }

    /** A value as the schema wants it. */
    private JsonNode example(JsonNode schema, int depth) {
        JsonNode resolved = resolve(schema);
        if (resolved.has("example")) {
            return resolved.path("example").deepCopy();
        }
        if (resolved.has("enum")) {
            return resolved.path("enum").path(0);
        }
        JsonNode type = resolved.path("type");
        String name = type.isArray() ? type.path(0).asText() : type.asText();
        return switch (name) {
            case "object" -> {
                ObjectNode object = JSON.createObjectNode();
                if (depth < 8) {
                    resolved.path("properties")
                            .properties()
                            .forEach(
                                    property -> object.set(property.getKey(), example(property.getValue(), depth + 1)));
                }
                yield object;
            }
            case "array" -> JSON.createArrayNode().add(example(resolved.path("items"), depth + 1));
            case "integer", "number" -> JSON.getNodeFactory().numberNode(1);
            case "boolean" -> JSON.getNodeFactory().booleanNode(true);
            default -> JSON.getNodeFactory().textNode("text");
        };
    }

    private JsonNode resolve(JsonNode schema) {
        JsonNode now = schema;
        while (true) {
            if (now.has("$ref")) {
                now = document.at(now.path("$ref").asText().substring(1));
            } else if (now.has("allOf")) {
                now = now.path("allOf").path(0);
            } else if (now.has("anyOf")) {
                now = now.path("anyOf").path(0);
            } else {
                return now;
            }
        }
    }

    /** Puts a mark in a random place; what it stands for is put in when the value is text. */
    private JsonNode change(JsonNode value, List<String> marks) {
        if (value instanceof ObjectNode object) {
            if (!object.isEmpty() && random.nextInt(12) > 0) {
                List<String> names = new ArrayList<>();
                object.fieldNames().forEachRemaining(names::add);
                String name = pick(names);
                if (random.nextInt(8) == 0) {
                    object.remove(name);
                } else {
                    object.set(name, change(object.get(name), marks));
                }
                return object;
            }
            if (random.nextInt(2) == 0) {
                return object.put("colour", "red");
            }
        }
        if (value instanceof ArrayNode array && !array.isEmpty() && random.nextInt(3) > 0) {
            int place = random.nextInt(array.size());
            array.set(place, change(array.get(place), marks));
            return array;
        }
        marks.add(pick(VALUES));
        return JSON.getNodeFactory().textNode("@" + (marks.size() - 1) + "@");
    }

    private String pick(List<String> all) {
        return all.get(random.nextInt(all.size()));
    }
}
