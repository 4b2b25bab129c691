package io.sluice.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;

/** Puts an example into every success response of a schema that {@code openapi-examples.json} has one for. */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public final class ExampleDocument implements OASFilter {

    private static final String EXAMPLES = "openapi-examples.json";

    private final JsonNode examples;

    public ExampleDocument() {
        try (InputStream file = ExampleDocument.class.getClassLoader().getResourceAsStream(EXAMPLES)) {
            if (file == null) {
                throw new IllegalStateException(EXAMPLES + " is missing");
            }
            examples = new ObjectMapper().readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(EXAMPLES, e);
        }
    }

    @Override
    public void filterOpenAPI(OpenAPI document) {
        Components components = document.getComponents();
        examples.properties()
                .forEach(example -> components.addExample(
                        example.getKey(), OASFactory.createExample().value(example.getValue())));
        document.getPaths().getPathItems().values().stream()
                .flatMap(item -> item.getOperations().values().stream())
                .flatMap(operation -> operation.getResponses().getAPIResponses().entrySet().stream())
                .filter(response -> response.getKey().startsWith("2"))
                .forEach(response -> complete(response.getValue()));
    }

    private void complete(APIResponse response) {
        if (response.getContent() == null) {
            return;
        }
        for (MediaType media : response.getContent().getMediaTypes().values()) {
            String reference =
                    media.getSchema() == null ? null : media.getSchema().getRef();
            String schema = reference == null ? "" : reference.substring(reference.lastIndexOf('/') + 1);
            if (examples.has(schema)) {
                media.addExample("example", OASFactory.createExample().ref(schema));
            }
        }
    }
}
