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
}
