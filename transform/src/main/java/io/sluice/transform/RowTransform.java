package io.sluice.transform;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.transform.Decision.Outcome;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One transform, ready to be carried out: which rows go to the target, and with which values. The expression is a tree of
 * {@code condition ? … : …} whose ends are {@code true} or {@code row} (as it is), {@code false} or {@code null} (does not
 * go), a condition (as it is, or does not go), or {@code {"column": value}} (with these values, all others as they are).
 * Thread-safe.
 */
public final class RowTransform {

    private final Decision decision;
    private final List<Formula> conditions;
    private final List<Outcome> outcomes;
    private final boolean drops;

    RowTransform(Decision decision, List<Formula> conditions, List<Outcome> outcomes, boolean drops) {
        this.decision = decision;
        this.conditions = List.copyOf(conditions);
        this.outcomes = List.copyOf(outcomes);
        this.drops = drops;
    }

    /** @throws InvalidExpressionException for whatever would be wrong for every row */
    public static RowTransform read(String expression) throws InvalidExpressionException {
        if (expression.length() > Expressions.MOST_CHARACTERS) {
            throw new InvalidExpressionException("1:1", "has more than " + Expressions.MOST_CHARACTERS + " characters");
        }
        return new ExpressionReader(expression).read();
    }

    /**
     * The transform of a table; null when it has none.
     *
     * @throws SluiceException {@code TRANSFORM_REFUSED} when its expression cannot be carried out
     */
    public static @Nullable RowTransform of(TableMapping mapping) {
        String expression = mapping.transform();
        if (expression == null) {
            return null;
        }
        try {
            return read(expression);
        } catch (InvalidExpressionException e) {
            throw new SluiceException(
                    ErrorCode.TRANSFORM_REFUSED,
                    "The transform of table " + mapping.source() + " is not valid. " + e.getMessage() + ".",
                    e);
        }
    }

    /**
     * The values that a row gets, by the names of columns; null when it does not go. Equal outcomes are the same object.
     *
     * @throws TransformFailure when that cannot be told of this row
     */
    public @Nullable Map<String, Value> valuesOf(RowFrame frame) throws TransformFailure {
        Outcome outcome = decision.outcome(frame);
        return outcome == null ? null : outcome.values();
    }

    /** Whether there can be rows that do not go. */
    public boolean drops() {
        return drops;
    }

    /** Which rows go, and which of several ends counts, does not depend on the row alone. */
    public boolean choiceDependsOnChange() {
        return conditions.stream().anyMatch(Formula::dependsOnChange);
    }

    /** Some value is not made of the row alone. */
    public boolean valuesDependOnChange() {
        return values().anyMatch(Value::dependsOnChange);
    }

    /** Not every row that goes gets the same columns in the same way. */
    public boolean branches() {
        return outcomes.stream().distinct().count() > 1;
    }

    /** What every row gets, unless it {@link #branches()}. */
    public Map<String, Value> only() {
        return branches() || outcomes.isEmpty() ? Map.of() : outcomes.getFirst().values();
    }

    /** Every column that some row gets a value for, but for those that are only themselves. */
    public Set<String> written() {
        return outcomes.stream()
                .flatMap(outcome -> outcome.values().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The columns of the row that decide. */
    public Set<String> decidedBy() {
        return conditions.stream()
                .map(Formula::columns)
                .flatMap(Collection::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Columns of the old row that are looked at. */
    public Set<String> columnsBefore() {
        return Stream.concat(conditions.stream(), values().flatMap(value -> value.formulas().stream()))
                .map(Formula::columnsBefore)
                .flatMap(Collection::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Every column of the row that is looked at. */
    public Set<String> columns() {
        return Stream.concat(conditions.stream().map(Formula::columns), values().map(Value::columns))
                .flatMap(Collection::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Stream<Value> values() {
        return outcomes.stream().flatMap(outcome -> outcome.values().values().stream());
    }
}
