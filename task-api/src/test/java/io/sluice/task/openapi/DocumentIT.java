package io.sluice.task.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.sluice.task.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** {@code task-api/openapi.yaml} is what the service says of itself, and it says enough. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class DocumentIT {

    private static final Path COMMITTED = Path.of("openapi.yaml");

    /** After a change of the API: {@code -Dsluice.openapi.write=true} writes the file anew. */
    @Test
    void theCommittedDocumentIsTheOneThatIsServed() throws IOException {
        String served =
                RestAssured.given().accept("application/yaml").get("/q/openapi").asString();
        if (Boolean.getBoolean("sluice.openapi.write")) {
            Files.writeString(COMMITTED, served);
        }
        assertThat(COMMITTED)
                .as("run this test with -Dsluice.openapi.write=true and commit the file")
                .hasContent(served);
    }

    @Test
    void everyOperationHasASummaryAndSaysWhatItAnswers() throws IOException {
        JsonNode document = new ObjectMapper()
                .readTree(RestAssured.get("/q/openapi?format=json").asString());
        List<String> poor = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    JsonNode operation = method.getValue();
                    if (operation.has("responses")
                            && (operation.path("summary").asText().isBlank()
                                    || operation.path("responses").properties().stream()
                                            .noneMatch(response ->
                                                    response.getKey().startsWith("2"))
                                    || operation
                                            .path("responses")
                                            .path("default")
                                            .isMissingNode())) {
                        poor.add(method.getKey() + " " + path.getKey());
                    }
                }));
        assertThat(poor).isEmpty();
    }

    /** Of what users read most; each has the fields of its schema, all of them, with values of their types. */
    @Test
    void theMainAnswersHaveExamplesThatFitTheirSchemas() throws IOException {
        JsonNode document = new ObjectMapper()
                .readTree(RestAssured.get("/q/openapi?format=json").asString());
        Set<String> exemplified = new TreeSet<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> method.getValue().path("responses").properties().stream()
                                .filter(response -> response.getKey().startsWith("2"))
                                .map(response ->
                                        response.getValue().path("content").path("application/json"))
                                .filter(content -> content.has("examples"))
                                .forEach(content -> {
                                    String about = method.getKey() + " " + path.getKey();
                                    exemplified.add(about);
                                    JsonNode example = document.at(content.path("examples")
                                            .path("example")
                                            .path("$ref")
                                            .asText()
                                            .substring(1));
                                    assertThat(example.has("value")).as(about).isTrue();
                                    assertFits(about, document, content.path("schema"), example.path("value"), true);
                                })));
        assertThat(exemplified)
                .contains(
                        "get /api/v1/tasks",
                        "post /api/v1/tasks",
                        "get /api/v1/tasks/{id}",
                        "patch /api/v1/tasks/{id}",
                        "post /api/v1/tasks/{id}/start",
                        "get /api/v1/tasks/{id}/prechecks/latest",
                        "get /api/v1/tasks/{id}/progress",
                        "get /api/v1/tasks/{id}/lag",
                        "post /api/v1/connection-tests");
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

    @Test
    void everyBodyHasAnExampleAndEveryOperationSaysWhatAccessCosts() throws IOException {
        JsonNode document = new ObjectMapper()
                .readTree(RestAssured.get("/q/openapi?format=json").asString());
        List<String> poor = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    JsonNode operation = method.getValue();
                    String about = method.getKey() + " " + path.getKey();
                    operation.path("requestBody").path("content").properties().stream()
                            .filter(body -> !body.getValue().has("example")
                                    && !body.getValue().has("examples"))
                            .forEach(body -> poor.add(about + " has no example"));
                    for (String status : List.of("401", "403", "429")) {
                        if (path.getKey().startsWith("/api/")
                                && operation.has("responses")
                                && !operation.path("responses").has(status)) {
                            poor.add(about + " does not say when it answers " + status);
                        }
                    }
                }));
        assertThat(poor).isEmpty();
    }
}
