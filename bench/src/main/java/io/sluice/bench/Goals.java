package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured beside what it may be at most. A goal that is not met is a result, not an error. */
final class Goals {

    /** @param unit empty for a ratio */
    private record Goal(String what, double measured, double most, String unit) {

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

    /** How long the first tool took, by the time of another one; no goal when that one has given up. */
    void ratio(Comparison comparison, String tool, double most) {
        if (!comparison.hasGivenUp(tool)) {
            String what = "time of %s / of %s, %s".formatted(comparison.first(), tool, comparison.what());
            goals.add(new Goal(what, comparison.ratio(tool), most, ""));
        }
    }

    void megabytes(String what, long measured, long most) {
        goals.add(new Goal(what, (double) measured, (double) most, "MB"));
    }

    /** Markdown. */
    String table() {
        StringBuilder text = new StringBuilder("| goal | measured | at most | |\n|---|---|---|---|\n");
        for (Goal goal : goals) {
            text.append("| %s | %s | %s | %s |%n"
                    .formatted(
                            goal.what(),
                            goal.text(goal.measured()),
                            goal.text(goal.most()),
                            goal.met() ? "met" : "**not met**"));
        }
        return text.toString();
    }

    ArrayNode json(ObjectMapper mapper) {
        ArrayNode array = mapper.createArrayNode();
        for (Goal goal : goals) {
            ObjectNode node = array.addObject()
                    .put("goal", goal.what())
                    .put("measured", goal.measured())
                    .put("most", goal.most())
                    .put("met", goal.met());
            if (!goal.unit().isEmpty()) {
                node.put("unit", goal.unit());
            }
        }
        return array;
    }
}
