package io.sluice.bench;

import java.nio.file.Path;
import java.util.List;

/** The main class behind {@code ./sluice bench}. Status 0: measured; 1: failed; 2: not understood. */
public final class Bench {

    private Bench() {}

    /** System properties: {@code sluice.applications}, {@code sluice.bench.results}, {@code sluice.bench.peers}, {@code postgres.archives}. */
    public static void main(String[] words) {
        int status;
        try {
            BenchOptions options = BenchOptions.parse(List.of(words));
            Path results = Path.of(System.getProperty("sluice.bench.results", "target/bench"));
            Path applications = Path.of(System.getProperty("sluice.applications", "."));
            switch (options.what()) {
                case "compare" -> new CompareBench(options, applications, results).run();
                case "incremental" ->
                    new IncrementalBench(
                                    options,
                                    applications,
                                    results,
                                    Path.of(System.getProperty("sluice.bench.peers", ".")))
                            .run();
                case "latency" -> new LatencyBench(options, applications, results).run();
                default -> new FullBench(options, applications, results).run();
            }
            status = 0;
        } catch (IllegalArgumentException e) {
            System.err.println("sluice: " + e.getMessage());
            status = 2;
        } catch (RuntimeException e) {
            System.err.println("sluice: " + e.getMessage());
            status = 1;
        }
        System.exit(status);
    }
}
