package io.sluice.http.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/** The OpenAPI document that a running service serves, and what it has to say. */
public final class ServedDocument {

    private final String yaml;
    private final JsonNode document;

    private ServedDocument(String yaml, JsonNode document) {
        this.yaml = yaml;
        this.document = document;
    }

    public static ServedDocument of(URI server) throws IOException, InterruptedException {
        return new ServedDocument(
                get(server.resolve("/q/openapi?format=yaml")),
                new ObjectMapper().readTree(get(server.resolve("/q/openapi?format=json"))));
    }

    private static String get(URI address) throws IOException, InterruptedException {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                    .body();
        }
    }

    /**
     * The committed copy, {@code openapi.yaml} of the module, is what is served. After a change of the API {@code
     * -Dsluice.openapi.write=true} writes it anew.
     */
    public void assertCommitted() {
        Path committed = Path.of("openapi.yaml");
        if (Boolean.getBoolean("sluice.openapi.write")) {
            try {
                Files.writeString(committed, yaml);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(committed)
                .as("run this test with -Dsluice.openapi.write=true and commit the file")
                .hasContent(yaml);
    }

    /** Every operation has a summary and an answer of success. */
    public void assertOperationsSayWhatTheyAnswer() {
        List<String> poor = new ArrayList<>();
        forEachOperation((about, operation) -> {
            boolean succeeds = operation.path("responses").properties().stream()
                    .anyMatch(response -> response.getKey().startsWith("2"));
            if (operation.path("summary").asText().isBlank()
                    || !succeeds
                    || operation.path("responses").path("default").isMissingNode()) {
                poor.add(about);
            }
        });
        assertThat(poor).isEmpty();
    }

    /** Every body has an example, and every operation that needs a token says what that may cost. */
    public void assertBodiesHaveExamplesAndAccessIsTold() {
        List<String> poor = new ArrayList<>();
        forEachOperation((about, operation) -> {
            operation.path("requestBody").path("content").properties().stream()
                    .filter(body ->
                            !body.getValue().has("example") && !body.getValue().has("examples"))
                    .forEach(body -> poor.add(about + " has no example"));
            boolean open = operation.path("security").isArray()
                    && operation.path("security").isEmpty();
            for (String status : List.of("401", "403", "429")) {
                if (about.contains(" /api/")
                        && !open
                        && !operation.path("responses").has(status)) {
                    poor.add(about + " does not say when it answers " + status);
                }
            }
        });
        assertThat(poor).isEmpty();
    }

    /**
     * Every example of an answer has the fields of its schema, all of them, with values of their types.
     *
     * @return the operations with one, as in {@code get /api/v1/tasks}
     */
    public Set<String> assertExamplesFit() {
        Set<String> exemplified = new TreeSet<>();
        forEachOperation((about, operation) -> operation.path("responses").properties().stream()
                .filter(response -> response.getKey().startsWith("2"))
                .map(response -> response.getValue().path("content").path("application/json"))
                .filter(content -> content.has("examples"))
                .forEach(content -> {
                    exemplified.add(about);
                    JsonNode example = document.at(content.path("examples")
                            .path("example")
                            .path("$ref")
                            .asText()
                            .substring(1));
                    assertThat(example.has("value")).as(about).isTrue();
                    assertFits(about, document, content.path("schema"), example.path("value"), true);
                }));
        return exemplified;
    }

    /** The operations whose success is told in JSON. */
    public Set<String> operationsThatAnswerJson() {
        Set<String> found = new TreeSet<>();
        forEachOperation((about, operation) -> operation.path("responses").properties().stream()
                .filter(response -> response.getKey().startsWith("2")
                        && response.getValue().path("content").has("application/json"))
                .forEach(response -> found.add(about)));
        return found;
    }

    private void forEachOperation(BiConsumer<String, JsonNode> consumer) {
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                if (method.getValue().has("responses")) {
                    consumer.accept(method.getKey() + " " + path.getKey(), method.getValue());
                }
            }
        }
    }

    /** @param whole every field of the schema must be there */
    private static void assertFits(String about, JsonNode document, JsonNode schema, JsonNode example, boolean whole) {
        JsonNode resolved = schema;
        while (resolved.has("$ref") || resolved.has("anyOf") || resolved.has("allOf")) {
            resolved = resolved.has("$ref")
                    ? document.at(resolved.path("$ref").asText().substring(1))
                    : resolved.has("anyOf")
                            ? resolved.path("anyOf").path(0)
                            : resolved.path("allOf").path(0);
        }
        if (example.isObject() && resolved.has("properties")) {
            JsonNode properties = resolved.path("properties");
            example.properties().forEach(field -> {
                assertThat(properties.has(field.getKey()))
                        .as(about + ": " + field.getKey())
                        .isTrue();
                assertFits(
                        about + "." + field.getKey(),
                        document,
                        properties.path(field.getKey()),
                        field.getValue(),
                        false);
            });
            if (whole) {
                properties
                        .fieldNames()
                        .forEachRemaining(name -> assertThat(example.has(name))
                                .as(about + " lacks " + name)
                                .isTrue());
            }
        } else if (example.isArray()) {
            for (JsonNode element : example) {
                assertFits(about + "[]", document, resolved.path("items"), element, false);
            }
        } else if (resolved.has("enum") && !example.isNull()) {
            assertThat(resolved.path("enum").valueStream().map(JsonNode::asText))
                    .as(about)
                    .contains(example.asText());
        }
    }
}
