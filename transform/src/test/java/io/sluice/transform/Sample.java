package io.sluice.transform;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A row for tests, and what an expression makes of it. */
record Sample(Map<String, @Nullable String> values) implements RowFrame.Image {

    static Sample of(@Nullable String... namesAndValues) {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return new Sample(values);
    }

    @Override
    public boolean holds(String column) {
        return values.containsKey(column);
    }

    @Override
    public @Nullable String text(String column) {
        return values.get(column);
    }

    /** {@code null} for a row that does not go, else all of its values by name. */
    static @Nullable Map<String, @Nullable String> apply(String expression, RowFrame frame, Sample row)
            throws InvalidExpressionException, TransformFailure {
        Map<String, Value> values = RowTransform.read(expression).valuesOf(frame);
        if (values == null) {
            return null;
        }
        Map<String, @Nullable String> result = new TreeMap<>(row.values);
        for (Map.Entry<String, Value> value : values.entrySet()) {
            result.put(value.getKey(), value.getValue().text(frame));
        }
        return result;
    }
}
