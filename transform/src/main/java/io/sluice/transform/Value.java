package io.sluice.transform;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a column of the target gets. Thread-safe. */
public sealed interface Value {

    /**
     * In PostgreSQL's text form; null is NULL.
     *
     * @throws TransformFailure when it cannot be computed for this row
     */
    @Nullable
    String text(RowFrame frame) throws TransformFailure;

    /** The columns of the row that it is made from. */
    Set<String> columns();

    /** What CEL has to compute for it. */
    List<Formula> formulas();

    /** It is not made from the row alone. */
    default boolean dependsOnChange() {
        return formulas().stream().anyMatch(Formula::dependsOnChange);
    }

    /** A column as it is. */
    record Copy(String place, String column) implements Value {

        @Override
        public @Nullable String text(RowFrame frame) throws TransformFailure {
            if (!frame.holds(column)) {
                throw TransformFailure.missing(place, column);
            }
            return frame.text(column);
        }

        @Override
        public Set<String> columns() {
            return Set.of(column);
        }

        @Override
        public List<Formula> formulas() {
            return List.of();
        }
    }

    /** The same for every row. */
    record Constant(@Nullable String value) implements Value {

        @Override
        public @Nullable String text(RowFrame frame) {
            return value;
        }

        @Override
        public Set<String> columns() {
            return Set.of();
        }

        @Override
        public List<Formula> formulas() {
            return List.of();
        }
    }

    /** What CEL makes of it. */
    record Computed(Formula formula) implements Value {

        @Override
        public @Nullable String text(RowFrame frame) throws TransformFailure {
            Object value = formula.of(frame);
            try {
                return ValueText.of(value);
            } catch (UnfitValueException e) {
                throw TransformFailure.unfit(formula.place(), String.valueOf(e.getMessage()));
            }
        }

        @Override
        public Set<String> columns() {
            return formula.columns();
        }

        @Override
        public List<Formula> formulas() {
            return List.of(formula);
        }
    }

    /** One of two. */
    record Either(Formula condition, Value yes, Value no) implements Value {

        @Override
        public @Nullable String text(RowFrame frame) throws TransformFailure {
            return (Decision.isTrue(condition, frame) ? yes : no).text(frame);
        }

        @Override
        public Set<String> columns() {
            Set<String> all = new HashSet<>(condition.columns());
            all.addAll(yes.columns());
            all.addAll(no.columns());
            return all;
        }

        @Override
        public List<Formula> formulas() {
            return Stream.of(List.of(condition), yes.formulas(), no.formulas())
                    .flatMap(List::stream)
                    .toList();
        }
    }
}
