package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured beside what it may be at most. A goal that is not met is a result, not an error. */
final class Goals {

    /**
     * @param measured not a number when it could not be measured
     * @param unit empty for a ratio
     */
    private record Goal(String what, double measured, double most, String unit) {

        boolean known() {
            return !Double.isNaN(measured);
        }

        boolean met() {
            return measured <= most;
        }

        private String text(double value) {
            return unit.isEmpty()
                    ? String.format(Locale.ROOT, "%.2f", value)
                    : String.format(Locale.ROOT, "%.0f %s", value, unit);
        }
    }

    private final List<Goal> goals = new ArrayList<>();

    /** How long the first tool took, by the time of another one, which may have given up. */
    void ratio(Comparison comparison, String tool, double most) {
        String what = "time of %s / of %s, %s".formatted(comparison.first(), tool, comparison.what());
        goals.add(new Goal(what, comparison.hasGivenUp(tool) ? Double.NaN : comparison.ratio(tool), most, ""));
    }

    /** @param measured 0 when it could not be read */
    void megabytes(String what, long measured, long most) {
        goals.add(new Goal(what, measured == 0 ? Double.NaN : (double) measured, (double) most, "MB"));
    }

    /** Markdown. */
    String table() {
        StringBuilder text = new StringBuilder("| goal | measured | at most | |\n|---|---|---|---|\n");
        for (Goal goal : goals) {
            text.append("| %s | %s | %s | %s |%n"
                    .formatted(
                            goal.what(),
                            goal.known() ? goal.text(goal.measured()) : "",
                            goal.text(goal.most()),
                            !goal.known() ? "not measured" : goal.met() ? "met" : "**not met**"));
        }
        return text.toString();
    }

    ArrayNode json(ObjectMapper mapper) {
        ArrayNode array = mapper.createArrayNode();
        for (Goal goal : goals) {
            ObjectNode node = array.addObject().put("goal", goal.what()).put("most", goal.most());
            if (goal.known()) {
                node.put("measured", goal.measured()).put("met", goal.met());
            }
            if (!goal.unit().isEmpty()) {
                node.put("unit", goal.unit());
            }
        }
        return array;
    }
}
