package io.sluice.http;

import static java.util.stream.Collectors.joining;

import io.sluice.contracts.error.ErrorCode;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.jspecify.annotations.Nullable;

/**
 * Says in the OpenAPI document what no method can forget: that everything that goes wrong is answered with a
 * {@link Problem}, and which codes there are. Named by {@code mp.openapi.filter} in a service's configuration.
 */
public final class ProblemDocument implements OASFilter {

    private static final String SCHEMA = "Problem";
    private static final String RESPONSE = "Problem";

    /** What every operation that needs a token can answer. */
    private static final Map<String, String> OF_ACCESS = new TreeMap<>(Map.of(
            "401", ErrorCode.UNAUTHENTICATED.name(),
            "403", ErrorCode.FORBIDDEN.name(),
            "429", ErrorCode.TOO_MANY_REQUESTS.name()));

    /** What a body can be answered with. */
    private static final List<ErrorCode> OF_BODIES =
            List.of(ErrorCode.MALFORMED_REQUEST, ErrorCode.UNKNOWN_FIELD, ErrorCode.VALIDATION_FAILED);

    /** What is said of a database that is asked beside the request, and what then is named in full. */
    private static final String UNREACHABLE = "cannot be reached";

    private static final Set<ErrorCode> OF_CONNECTIONS =
            EnumSet.range(ErrorCode.HOST_UNKNOWN, ErrorCode.DATABASE_UNKNOWN);

    /** What is wrong with a request before anybody looks at what it asks for. */
    private static final List<ErrorCode> OF_ANY = List.of(
            ErrorCode.MALFORMED_REQUEST,
            ErrorCode.NOT_FOUND,
            ErrorCode.METHOD_NOT_ALLOWED,
            ErrorCode.BODY_TOO_LARGE,
            ErrorCode.URI_TOO_LONG,
            ErrorCode.UNSUPPORTED_MEDIA_TYPE,
            ErrorCode.HEADERS_TOO_LARGE,
            ErrorCode.INTERNAL,
            ErrorCode.ISSUER_UNAVAILABLE);

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
                        .description("What is wrong and what to do; docs/errors.md explains each code. Beside what an"
                                + " operation names, each can answer "
                                + OF_ANY.stream()
                                        .map(code -> code.name() + " (" + code.httpStatus() + ")")
                                        .collect(joining(", ")))
                        .content(OASFactory.createContent()
                                .addMediaType(
                                        Problem.MEDIA_TYPE,
                                        OASFactory.createMediaType()
                                                .schema(reference(SCHEMA))
                                                .example(example()))));
        APIResponse response = OASFactory.createAPIResponse().ref(RESPONSE);
        document.getPaths().getPathItems().values().stream()
                .flatMap(item -> item.getOperations().values().stream())
                .forEach(operation -> {
                    responses(operation).setDefaultValue(response);
                    if (operation.getSecurity() == null
                            || !operation.getSecurity().isEmpty()) {
                        OF_ACCESS.forEach((status, codes) -> add(responses(operation), status, codes));
                    }
                    if (operation.getRequestBody() != null) {
                        OF_BODIES.forEach(code -> addLast(responses(operation), "400", code));
                    }
                    unreachable(responses(operation).getAPIResponse("422"));
                    emptyBody(operation, document);
                });
    }

    private static void add(APIResponses responses, String status, String codes) {
        APIResponse known = responses.getAPIResponse(status);
        if (known == null) {
            responses.addAPIResponse(status, OASFactory.createAPIResponse().description(codes));
        } else if (!String.valueOf(known.getDescription()).contains(codes)) {
            known.setDescription(codes + "; " + known.getDescription());
        }
    }

    private static void addLast(APIResponses responses, String status, ErrorCode code) {
        APIResponse known = responses.getAPIResponse(status);
        // The framework knows of the status of a body that it cannot read, and nothing else to say.
        if (known == null || "Bad Request".equals(known.getDescription())) {
            responses.addAPIResponse(status, OASFactory.createAPIResponse().description(code.name()));
        } else if (!String.valueOf(known.getDescription()).contains(code.name())) {
            known.setDescription(known.getDescription() + "; " + code.name());
        }
    }

    private static void unreachable(@Nullable APIResponse response) {
        String description = response == null ? null : response.getDescription();
        if (description != null
                && description.contains(UNREACHABLE)
                && !description.contains(ErrorCode.HOST_UNKNOWN.name())) {
            response.setDescription(description + ": "
                    + OF_CONNECTIONS.stream().map(ErrorCode::name).collect(joining(", ")));
        }
    }

    /** A body that holds nothing has one form. */
    private static void emptyBody(Operation operation, OpenAPI document) {
        if (operation.getRequestBody() == null || operation.getRequestBody().getContent() == null) {
            return;
        }
        operation.getRequestBody().getContent().getMediaTypes().values().stream()
                .filter(media -> media.getExample() == null && media.getSchema() != null)
                .filter(media -> fields(media.getSchema(), document) == 0)
                .forEach(media -> media.setExample(Map.of()));
    }

    private static int fields(Schema schema, OpenAPI document) {
        String ref = schema.getRef();
        Schema resolved = ref == null || document.getComponents() == null
                ? schema
                : document.getComponents().getSchemas().get(ref.substring(ref.lastIndexOf('/') + 1));
        return resolved == null || resolved.getProperties() == null
                ? 0
                : resolved.getProperties().size();
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

    private static Map<String, Object> example() {
        String message = "must be a whole number between 1 and 65535.";
        ErrorCode code = ErrorCode.VALIDATION_FAILED;
        Map<String, Object> example = new LinkedHashMap<>();
        example.put("status", code.httpStatus());
        example.put("code", code.name());
        example.put("detail", "source.port " + message);
        example.put(
                "violations",
                List.of(new TreeMap<>(Map.of("field", "source.port", "code", code.name(), "message", message))));
        return example;
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
