package io.sluice.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.function.Function;

/**
 * Times and durations as ISO 8601 writes them and in no other form. Jackson's own readers take numbers too, with and
 * without quotes, as seconds since 1970: whoever sends milliseconds would be heeded in fifty thousand years.
 */
final class IsoReader<T> extends StdScalarDeserializer<T> {

    private static final long serialVersionUID = 1L;

    private final transient Function<String, T> parse;

    /** @param parse throws DateTimeException for what is no such text */
    IsoReader(Class<T> type, Function<String, T> parse) {
        super(type);
        this.parse = parse;
    }

    @Override
    @SuppressWarnings("unchecked")
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_STRING)) {
            return (T) context.handleUnexpectedToken(handledType(), parser);
        }
        String text = parser.getText();
        try {
            return parse.apply(text);
        } catch (DateTimeException | ArithmeticException e) {
            return (T) context.handleWeirdStringValue(handledType(), text, "not ISO 8601");
        }
    }
}
