package io.sluice.http;

import io.sluice.contracts.error.ErrorCode;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/**
 * Says in the OpenAPI document what no method can forget: that everything that goes wrong is answered with a
 * {@link Problem}, and which codes there are. Named by {@code mp.openapi.filter} in a service's configuration.
 */
public final class ProblemDocument implements OASFilter {

    private static final String SCHEMA = "Problem";
    private static final String RESPONSE = "Problem";

    @Override
    public void filterOpenAPI(OpenAPI document) {
        Components components = document.getComponents();
        if (components == null) {
            components = OASFactory.createComponents();
            document.setComponents(components);
        }
        components.addSchema(SCHEMA, problem());
        components.addResponse(
                RESPONSE,
                OASFactory.createAPIResponse()
                        .description("What is wrong and what to do; docs/errors.md explains each code.")
                        .content(OASFactory.createContent()
                                .addMediaType(
                                        Problem.MEDIA_TYPE,
                                        OASFactory.createMediaType().schema(reference(SCHEMA)))));
        APIResponse response = OASFactory.createAPIResponse().ref(RESPONSE);
        document.getPaths().getPathItems().values().stream()
                .flatMap(item -> item.getOperations().values().stream())
                .forEach(operation -> responses(operation).setDefaultValue(response));
    }

    private static APIResponses responses(Operation operation) {
        APIResponses responses = operation.getResponses();
        if (responses == null) {
            responses = OASFactory.createAPIResponses();
            operation.setResponses(responses);
        }
        return responses;
    }

    private static Schema problem() {
        Schema violation = object().addProperty("field", text("Which part of the request, for instance source.port"))
                .addProperty("code", codes())
                .addProperty("message", text("What is wrong with it and what to do"));
        return object().description("An error, as in RFC 9457")
                .addProperty("type", text("A URN that names the code"))
                .addProperty("title", text("The code in words"))
                .addProperty(
                        "status",
                        OASFactory.createSchema().addType(SchemaType.INTEGER).description("The HTTP status"))
                .addProperty("detail", text("What is wrong and what to do"))
                .addProperty("code", codes())
                .addProperty(
                        "violations",
                        OASFactory.createSchema()
                                .addType(SchemaType.ARRAY)
                                .description("Everything that is wrong; absent when there is nothing more to say")
                                .items(violation))
                .addProperty("instance", text("The path of the request"));
    }

    private static Schema codes() {
        List<Object> names =
                Arrays.stream(ErrorCode.values()).<Object>map(ErrorCode::name).toList();
        return text("Stable; docs/errors.md has them all").enumeration(names);
    }

    private static Schema object() {
        return OASFactory.createSchema().addType(SchemaType.OBJECT);
    }

    private static Schema text(String description) {
        return OASFactory.createSchema().addType(SchemaType.STRING).description(description);
    }

    private static Schema reference(String name) {
        return OASFactory.createSchema().ref(name);
    }
}
