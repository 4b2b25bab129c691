package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What each tool took in each round. */
final class Comparison {

    private final String what;
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    /** @param first the tool that is compared with each */
    Comparison(String what, String first) {
        this.what = what;
        seconds.put(first, new ArrayList<>());
    }

    void add(String tool, double took) {
        seconds.computeIfAbsent(tool, key -> new ArrayList<>()).add(took);
    }

    double median(String tool) {
        List<Double> sorted =
                seconds.getOrDefault(tool, List.of()).stream().sorted().toList();
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("tool: " + tool + " was not measured");
        }
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Of the first tool's median to another one's: below 1 where the first one is faster. */
    double ratio(String tool) {
        return median(seconds.keySet().iterator().next()) / median(tool);
    }

    /** Markdown; the ratio is of the first tool to each. */
    String table() {
        StringBuilder text =
                new StringBuilder("| ").append(what).append(" | median | rounds | ratio |\n|---|---|---|---|\n");
        for (String tool : seconds.keySet()) {
            StringBuilder rounds = new StringBuilder();
            for (double took : seconds.getOrDefault(tool, List.of())) {
                rounds.append(rounds.isEmpty() ? "" : ", ").append(number(took));
            }
            text.append("| %s | %s s | %s | %s |%n".formatted(tool, number(median(tool)), rounds, number(ratio(tool))));
        }
        return text.toString();
    }

    ObjectNode json(ObjectMapper mapper) {
        ObjectNode node = mapper.createObjectNode().put("what", what);
        ObjectNode tools = node.putObject("tools");
        seconds.forEach((tool, took) -> {
            ObjectNode one = tools.putObject(tool);
            one.put("medianSeconds", median(tool)).put("ratio", ratio(tool));
            took.forEach(one.putArray("seconds")::add);
        });
        return node;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
