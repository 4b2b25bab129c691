package io.sluice.http;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.Violation;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import java.util.Comparator;
import java.util.List;

/** Bean validation's findings as {@link Violation}s, sorted by field. */
final class Violations {

    private Violations() {}

    static List<Violation> of(ConstraintViolationException exception) {
        return exception.getConstraintViolations().stream()
                .map(violation ->
                        new Violation(field(violation), ErrorCode.VALIDATION_FAILED, sentence(violation.getMessage())))
                .sorted(Comparator.comparing(Violation::field).thenComparing(Violation::message))
                .toList();
    }

    static String summary(List<Violation> violations) {
        Violation first = violations.getFirst();
        String head = (first.field().isEmpty() ? "The request" : first.field()) + " " + first.message();
        return violations.size() == 1 ? head : head + " And " + (violations.size() - 1) + " more; see violations.";
    }

    /** Without the names of method and body parameter, which mean nothing to a caller. */
    private static String field(ConstraintViolation<?> violation) {
        StringBuilder field = new StringBuilder();
        String parameter = "";
        for (Path.Node node : violation.getPropertyPath()) {
            if (node.getKind() == ElementKind.METHOD) {
                continue;
            }
            if (node.getKind() == ElementKind.PARAMETER) {
                parameter = String.valueOf(node.getName());
                continue;
            }
            if (node.getIndex() != null) {
                field.append('[').append(node.getIndex()).append(']');
            }
            if (node.getName() != null && !node.getName().startsWith("<")) {
                field.append(field.isEmpty() ? "" : ".").append(node.getName());
            }
        }
        return field.isEmpty() ? parameter : field.toString();
    }

    private static String sentence(String message) {
        return message.endsWith(".") ? message : message + ".";
    }
}
