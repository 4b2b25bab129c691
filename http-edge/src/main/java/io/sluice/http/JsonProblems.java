package io.sluice.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.Secret;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a JSON body, in the words of the caller: field paths, never Java types, and never the value that
 * was sent, which may be a password in the wrong place.
 */
final class JsonProblems {

    private JsonProblems() {}

    static Problem of(JsonProcessingException exception, @Nullable String instance) {
        return switch (exception) {
            case UnrecognizedPropertyException unknown -> unknownField(unknown, instance);
            case MismatchedInputException mismatch
            when !mismatch.getPath().isEmpty() -> invalid(path(mismatch), expected(mismatch), instance);
            case JsonMappingException mapping
            when !mapping.getPath().isEmpty() && mapping.getCause() instanceof IllegalArgumentException cause ->
                invalid(path(mapping), String.valueOf(cause.getMessage()), instance);
            case JsonMappingException mapping
            when !mapping.getPath().isEmpty() && mapping.getCause() instanceof InputCoercionException ->
                invalid(path(mapping), "is out of range.", instance);
            case MismatchedInputException mismatch ->
                Problem.of(ErrorCode.MALFORMED_REQUEST, "The body must be one JSON object.", instance);
            default -> Problem.of(ErrorCode.MALFORMED_REQUEST, malformed(exception), instance);
        };
    }

    private static Problem unknownField(UnrecognizedPropertyException exception, @Nullable String instance) {
        String field = path(exception);
        Collection<Object> known = exception.getKnownPropertyIds();
        String accepted = known == null
                ? ""
                : " It takes "
                        + new TreeSet<>(known.stream().map(Object::toString).toList())
                                .stream().collect(Collectors.joining(", "))
                        + ".";
        Violation violation = new Violation(field, ErrorCode.UNKNOWN_FIELD, "There is no such field." + accepted);
        return Problem.of(
                ErrorCode.UNKNOWN_FIELD, "There is no field " + field + "." + accepted, List.of(violation), instance);
    }

    private static Problem invalid(String field, String message, @Nullable String instance) {
        Violation violation = new Violation(field, ErrorCode.VALIDATION_FAILED, message);
        return Problem.of(ErrorCode.VALIDATION_FAILED, field + " " + message, List.of(violation), instance);
    }

    private static String expected(MismatchedInputException exception) {
        Class<?> type = exception.getTargetType();
        if (type == null) {
            return "is of the wrong type.";
        }
        if (type.isEnum()) {
            return "must be one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(Object::toString)
                            .collect(Collectors.joining(", "))
                    + ".";
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "must be a whole number" + (exception instanceof InvalidFormatException ? ", without quotes." : ".");
        }
        if (type == Boolean.class || type == boolean.class) {
            return "must be true or false, without quotes.";
        }
        if (type == String.class || type == Secret.class) {
            return "must be text in quotes.";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "must be a list: [...].";
        }
        if (type == Duration.class) {
            return "must be a duration in ISO 8601, as in PT6H.";
        }
        if (type.getPackageName().startsWith("java.time")) {
            return "must be a time in ISO 8601, as in 2026-01-31T12:00:00Z.";
        }
        return "must be an object: {...}.";
    }

    private static String malformed(JsonProcessingException exception) {
        JsonLocation location = exception.getLocation();
        String where =
                location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        return "The body is not valid JSON" + where + ".";
    }

    /** As in {@code objects.include[0].table}. */
    static String path(JsonMappingException exception) {
        StringBuilder path = new StringBuilder();
        for (Reference step : exception.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }
}
