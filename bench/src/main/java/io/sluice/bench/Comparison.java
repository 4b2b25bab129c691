package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What each tool took in each round. */
final class Comparison {

    private final String what;
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();
    private final Set<String> givenUp = new LinkedHashSet<>();

    /** @param first the tool that is compared with each */
    Comparison(String what, String first) {
        this.what = what;
        seconds.put(first, new ArrayList<>());
    }

    String what() {
        return what;
    }

    String first() {
        return seconds.keySet().iterator().next();
    }

    /** It has failed: whatever it took in other rounds is no result. */
    void giveUp(String tool) {
        seconds.remove(tool);
        givenUp.add(tool);
    }

    boolean hasGivenUp(String tool) {
        return givenUp.contains(tool);
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
        return median(first()) / median(tool);
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
        givenUp.forEach(tool -> text.append("| %s | has given up | | |%n".formatted(tool)));
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
        givenUp.forEach(tool -> tools.putObject(tool).put("givenUp", true));
        return node;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
