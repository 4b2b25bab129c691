package io.sluice.task.task;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tasks as the JSON documents that come and go over REST: read as strictly as every request. Thread-safe. */
@ApplicationScoped
class TaskJson {

    private static final Set<String> SPECIFICATION = Arrays.stream(TaskInput.class.getRecordComponents())
            .map(RecordComponent::getName)
            .collect(Collectors.toUnmodifiableSet());

    private final ObjectMapper mapper;

    TaskJson(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * @throws SluiceException {@code MALFORMED_REQUEST}
     * @throws JsonMappingException when a field is unknown or of another type
     */
    TaskInput readTask(@Nullable String body) throws JsonMappingException {
        return toTask(readObject(body));
    }

    /** @throws SluiceException {@code MALFORMED_REQUEST} */
    ObjectNode readObject(@Nullable String body) {
        try {
            if (body != null && mapper.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            JsonLocation location = e.getLocation();
            String where =
                    location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
            throw new SluiceException(ErrorCode.MALFORMED_REQUEST, "The body is not valid JSON" + where + ".");
        }
        throw new SluiceException(ErrorCode.MALFORMED_REQUEST, "The body must be one JSON object.");
    }

    /** @throws JsonMappingException when a field is unknown or of another type */
    TaskInput toTask(ObjectNode document) throws JsonMappingException {
        try {
            return mapper.treeToValue(document, TaskInput.class);
        } catch (JsonMappingException e) {
            throw e;
        } catch (JsonProcessingException e) {
            throw new SluiceException(ErrorCode.MALFORMED_REQUEST, "The body is not valid JSON.");
        }
    }

    /** What the user asked for, with every default and without any secret. */
    ObjectNode specification(TaskView task) {
        ObjectNode document = mapper.valueToTree(task);
        document.retain(SPECIFICATION);
        return document;
    }

    JsonNode tree(Object value) {
        return mapper.valueToTree(value);
    }

    /** From a task that was written by {@link #write}. */
    TaskEditing.Created created(String task) {
        ObjectNode document = readObject(task);
        return new TaskEditing.Created(
                document.path("id").asText(), document.path("version").asLong(), task);
    }

    String write(TaskView task) {
        try {
            return mapper.writeValueAsString(task);
        } catch (JsonProcessingException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "a task could not be written as JSON", e);
        }
    }
}
