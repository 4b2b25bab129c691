package io.sluice.bench;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is measured.
 *
 * @param what full, compare, incremental or latency
 * @param scale of the number of rows; 1 for the sizes that results are quoted for
 * @param rounds in which every tool has its turn
 * @param workers that each tool has
 * @param tables how many small tables the second comparison has; 0 leaves it out
 * @param largeRow megabytes of one value that Sluice copies alone; 0 leaves it out
 * @param rate transactions per second
 * @param seconds that they go on
 */
record BenchOptions(
        String what, double scale, int rounds, int workers, int tables, int largeRow, int rate, int seconds) {

    private static final Map<String, Set<String>> KNOWN = Map.of(
            "full", Set.of("--scale", "--rounds", "--workers", "--tables", "--large-row"),
            "compare", Set.of("--scale", "--rounds", "--workers"),
            "incremental", Set.of("--scale", "--rounds"),
            "latency", Set.of("--rate", "--seconds"));

    BenchOptions {
        require(scale > 0 && scale <= 100, "--scale must be above 0 and at most 100");
        require(rounds >= 1 && rounds <= 20, "--rounds must be from 1 to 20");
        require(workers >= 1 && workers <= 64, "--workers must be from 1 to 64");
        require(tables >= 0 && tables <= 100_000, "--tables must be from 0 to 100000");
        require(largeRow >= 0 && largeRow <= 500, "--large-row must be from 0 to 500");
        require(rate >= 100 && rate <= 100_000, "--rate must be from 100 to 100000");
        require(seconds >= 1 && seconds <= 3_600, "--seconds must be from 1 to 3600");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** @throws IllegalArgumentException when the words are not understood */
    static BenchOptions parse(List<String> words) {
        require(
                !words.isEmpty() && KNOWN.containsKey(words.getFirst()),
                "bench: full, compare, incremental and latency can be measured");
        Set<String> known = KNOWN.getOrDefault(words.getFirst(), Set.of());
        double scale = 1;
        int rounds = 3;
        int workers = 4;
        int tables = 5_000;
        int largeRow = 500;
        int rate = 500;
        int seconds = 60;
        Iterator<String> rest = words.listIterator(1);
        while (rest.hasNext()) {
            String option = rest.next();
            require(known.contains(option), "unknown option of bench " + words.getFirst() + ": " + option);
            require(rest.hasNext(), option + " needs a value");
            String value = rest.next();
            switch (option) {
                case "--scale" -> scale = Double.parseDouble(value);
                case "--rounds" -> rounds = Integer.parseInt(value);
                case "--workers" -> workers = Integer.parseInt(value);
                case "--tables" -> tables = Integer.parseInt(value);
                case "--large-row" -> largeRow = Integer.parseInt(value);
                case "--rate" -> rate = Integer.parseInt(value);
                default -> seconds = Integer.parseInt(value);
            }
        }
        return new BenchOptions(words.getFirst(), scale, rounds, workers, tables, largeRow, rate, seconds);
    }
}
