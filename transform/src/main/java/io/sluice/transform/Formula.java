package io.sluice.transform;

import dev.cel.common.CelErrorCode;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.Program;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A part of an expression that CEL computes. Thread-safe.
 *
 * @param place where it begins, {@code line:column}
 * @param others which of {@code before}, {@code op}, {@code commitTime} and {@code table} it looks at
 */
record Formula(String place, Program program, Map<String, Reference> references, Set<String> others) {

    Formula {
        references = Map.copyOf(references);
        others = Set.copyOf(others);
    }

    Formula(String place, Program program, List<Reference> references, Set<String> others) {
        this(
                place,
                program,
                references.stream().collect(Collectors.toMap(Reference::variable, Function.identity())),
                others);
    }

    /** Columns of the row itself. */
    Set<String> columns() {
        return references.values().stream()
                .filter(reference -> !reference.before())
                .map(Reference::column)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Columns of the row before the change. */
    Set<String> columnsBefore() {
        return references.values().stream()
                .filter(Reference::before)
                .map(Reference::column)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** It looks at more than the row: another change that leaves the same row behind may come to something else. */
    boolean dependsOnChange() {
        return others.stream().anyMatch(name -> !name.equals(Expressions.TABLE))
                || references.values().stream().anyMatch(Reference::before);
    }

    /** @throws TransformFailure when it fails on what the frame holds, or that lacks a column */
    Object of(RowFrame frame) throws TransformFailure {
        for (Reference reference : references.values()) {
            if (!frame.holds(reference)) {
                throw TransformFailure.missing(place, reference.column());
            }
        }
        try {
            return frame.run(this);
        } catch (CelEvaluationException e) {
            throw failure(e);
        } catch (UnfitValueException e) {
            throw TransformFailure.unfit(place, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            throw TransformFailure.failed(place, CelErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    /** Of an error in a function of Sluice, that function's own words; else CEL's, without its name for the expression. */
    private TransformFailure failure(CelEvaluationException error) {
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnfitValueException unfit) {
                return TransformFailure.unfit(place, String.valueOf(unfit.getMessage()));
            }
        }
        String words = String.valueOf(error.getMessage()).replaceFirst("^evaluation error( at <input>:\\d+)?: ", "");
        CelErrorCode code = error.getErrorCode();
        // CEL has no code of its own for what a function does not take.
        return TransformFailure.failed(
                place, code == CelErrorCode.INTERNAL_ERROR ? CelErrorCode.INVALID_ARGUMENT : code, words);
    }
}
