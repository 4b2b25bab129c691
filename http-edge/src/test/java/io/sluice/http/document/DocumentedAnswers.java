package io.sluice.http.document;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** Which answers an OpenAPI document promises, and which came that it does not. For one thread. */
public final class DocumentedAnswers {

    private final JsonNode document;
    private final Set<String> others = new TreeSet<>();

    public DocumentedAnswers(JsonNode document) {
        this.document = document;
    }

    /**
     * @param operation as in {@code get /api/v1/tasks/{id}}
     * @param code of the problem; empty for an answer that is none
     */
    public void note(String operation, int status, String code) {
        JsonNode responses = document.path("paths")
                .path(operation.substring(operation.indexOf(' ') + 1))
                .path(operation.substring(0, operation.indexOf(' ')))
                .path("responses");
        JsonNode answer = responses.path(String.valueOf(status));
        boolean promised = code.isEmpty()
                ? answer.isObject()
                : says(answer, code) || says(resolve(responses.path("default")), code);
        if (!promised) {
            others.add(operation + " " + status + " " + code);
        }
    }

    /** The operation, status and code of each that is not in the document. */
    public Set<String> others() {
        return Set.copyOf(others);
    }

    private JsonNode resolve(JsonNode response) {
        return response.has("$ref") ? document.at(response.path("$ref").asText().substring(1)) : response;
    }

    private static boolean says(JsonNode response, String code) {
        return Arrays.asList(response.path("description").asText().split("[^A-Z_]+"))
                .contains(code);
    }
}
