package io.sluice.contracts;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;

/**
 * The JSON of the control topics. Unknown fields are ignored, so that services of two versions can meet on the bus
 * during an upgrade. Thread-safe.
 */
public final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private Json() {}

    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new SluiceException(
                    ErrorCode.INTERNAL, "could not write " + value.getClass().getSimpleName(), e);
        }
    }

    /** @throws SluiceException {@code INTERNAL} when the text is not what this type looks like on the bus */
    public static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new SluiceException(
                    ErrorCode.INTERNAL, "not a " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
        }
    }
}
