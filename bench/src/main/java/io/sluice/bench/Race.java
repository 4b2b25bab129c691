package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What each tool took for the same changes in each round; the first one added is compared with the others. */
final class Race {

    /** @param cpu seconds of processor time by process */
    private record Turn(double seconds, Map<String, Double> cpu) {}

    private final String what;
    private final long changes;
    private final Map<String, List<Turn>> turns = new LinkedHashMap<>();
    private final Map<String, String> voided = new LinkedHashMap<>();

    /** @param first the tool whose ratio to the others is told */
    Race(String what, long changes, String first) {
        this.what = what;
        this.changes = changes;
        turns.put(first, new ArrayList<>());
    }

    void add(String tool, double seconds, Map<String, Double> cpu) {
        turns.computeIfAbsent(tool, key -> new ArrayList<>()).add(new Turn(seconds, cpu));
    }

    /** Whatever the tool took, it does not count. */
    void voided(String tool, String reason) {
        voided.put(tool, reason);
    }

    private boolean counts(String tool) {
        return !voided.containsKey(tool) && !turns.getOrDefault(tool, List.of()).isEmpty();
    }

    private double median(String tool) {
        return median(
                turns.getOrDefault(tool, List.of()).stream().map(Turn::seconds).toList());
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("values: none");
        }
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** How many times as fast the first one is. */
    private double ratio(String tool) {
        return median(tool) / median(turns.keySet().iterator().next());
    }

    /** Markdown. */
    String table() {
        String first = turns.keySet().iterator().next();
        StringBuilder text = new StringBuilder(
                        "| %s, %,d changes | median | rounds | changes/s | %s is | processor time |%n"
                                .formatted(what, changes, first))
                .append("|---|---|---|---|---|---|\n");
        turns.forEach((tool, all) -> {
            if (counts(tool)) {
                List<String> rounds =
                        all.stream().map(turn -> number(turn.seconds())).toList();
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %.2f s | %s | %,.0f | %s | %s |%n",
                        tool,
                        median(tool),
                        String.join(", ", rounds),
                        changes / median(tool),
                        tool.equals(first) || !counts(first) ? "" : number(ratio(tool)) + " times as fast",
                        cpuText(tool)));
            }
        });
        voided.forEach((tool, reason) -> text.append("| %s | void: %s | | | | |%n".formatted(tool, reason)));
        return text.toString();
    }

    private String cpuText(String tool) {
        List<String> parts = new ArrayList<>();
        cpu(tool).forEach((process, seconds) -> parts.add(process + " " + number(seconds) + " s"));
        return String.join(", ", parts);
    }

    /** The median of each process. */
    private Map<String, Double> cpu(String tool) {
        Map<String, List<Double>> all = new TreeMap<>();
        for (Turn turn : turns.getOrDefault(tool, List.of())) {
            turn.cpu()
                    .forEach((process, seconds) -> all.computeIfAbsent(process, key -> new ArrayList<>())
                            .add(seconds));
        }
        Map<String, Double> medians = new TreeMap<>();
        all.forEach((process, seconds) -> medians.put(process, median(seconds)));
        return medians;
    }

    ObjectNode json(ObjectMapper mapper) {
        ObjectNode node = mapper.createObjectNode().put("what", what).put("changes", changes);
        String first = turns.keySet().iterator().next();
        ObjectNode tools = node.putObject("tools");
        turns.forEach((tool, all) -> {
            if (counts(tool)) {
                ObjectNode one = tools.putObject(tool);
                one.put("medianSeconds", median(tool)).put("changesPerSecond", Math.round(changes / median(tool)));
                if (counts(first)) {
                    one.put("ratio", ratio(tool));
                }
                all.forEach(turn -> one.withArray("seconds").add(turn.seconds()));
                ObjectNode cpu = one.putObject("processorSeconds");
                cpu(tool).forEach(cpu::put);
            }
        });
        voided.forEach((tool, reason) -> tools.putObject(tool).put("void", reason));
        return node;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
