package io.sluice.transform;

import dev.cel.common.values.NullValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an expression comes to: a tree of conditions whose ends say what becomes of the row. */
sealed interface Decision {

    /** Which values the row gets; null when it does not go to the target. */
    @Nullable
    Outcome outcome(RowFrame frame) throws TransformFailure;

    /** {@code condition ? yes : no}. */
    record Choice(Formula condition, Decision yes, Decision no) implements Decision {

        @Override
        public @Nullable Outcome outcome(RowFrame frame) throws TransformFailure {
            return (isTrue(condition, frame) ? yes : no).outcome(frame);
        }
    }

    /** A condition alone: the row goes as it is, or does not go. */
    record Filter(Formula condition) implements Decision {

        @Override
        public @Nullable Outcome outcome(RowFrame frame) throws TransformFailure {
            Object verdict = condition.of(frame);
            return switch (verdict) {
                case Boolean kept -> kept ? Outcome.UNCHANGED : null;
                case NullValue none -> null;
                default ->
                    throw TransformFailure.unfit(
                            condition.place(),
                            "the result must be true, false or null; a map must be written out as {\"column\": …}");
            };
        }
    }

    /** The row does not go. */
    record Drop() implements Decision {

        @Override
        public @Nullable Outcome outcome(RowFrame frame) {
            return null;
        }
    }

    /** The row goes, with these values. */
    record Keep(Outcome outcome) implements Decision {

        @Override
        public Outcome outcome(RowFrame frame) {
            return outcome;
        }
    }

    /** @param values by the names of columns; the others stay as they are */
    record Outcome(Map<String, Value> values) {

        static final Outcome UNCHANGED = new Outcome(Map.of());

        public Outcome {
            values = Map.copyOf(values);
        }
    }

    static boolean isTrue(Formula condition, RowFrame frame) throws TransformFailure {
        if (condition.of(frame) instanceof Boolean bool) {
            return bool;
        }
        throw TransformFailure.unfit(condition.place(), "a condition must be true or false");
    }
}
