package io.sluice.apply.exception;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row image as a JSON object: every value as text or null, a column that was not sent is absent. */
final class RowJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final TypeReference<LinkedHashMap<String, @Nullable String>> IMAGE = new TypeReference<>() {};

    private RowJson() {}

    static @Nullable String write(@Nullable Row row) {
        if (row == null) {
            return null;
        }
        Map<String, @Nullable String> image = new LinkedHashMap<>();
        row.columns().names().forEach(name -> image.put(name, row.value(name)));
        try {
            return MAPPER.writeValueAsString(image);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("row: texts can always be written", e);
        }
    }

    static @Nullable Row read(@Nullable String json) {
        if (json == null) {
            return null;
        }
        try {
            Map<String, @Nullable String> image = MAPPER.readValue(json, IMAGE);
            List<@Nullable String> values = new ArrayList<>(image.values());
            return new Row(new Columns(List.copyOf(image.keySet())), values.toArray(new @Nullable String[0]));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("exception: an image is not as it was written", e);
        }
    }
}
