package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;

/** How long it took from each of some commits until it was seen. Immutable. */
final class Latencies {

    private final String tool;
    private final double[] millis;

    /** @param tool who brought it */
    Latencies(String tool, double[] millis) {
        if (millis.length == 0) {
            throw new IllegalArgumentException("millis: none");
        }
        this.tool = tool;
        this.millis = millis.clone();
        Arrays.sort(this.millis);
    }

    static String heading() {
        return "| commit to visible | p50 | p99 | p99.9 | most |\n|---|---|---|---|---|\n";
    }

    /** The smallest value that is not exceeded by this share of all. */
    double quantile(double share) {
        return millis[(int) Math.ceil(share * millis.length) - 1];
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "| %s | %.1f ms | %.1f ms | %.1f ms | %.1f ms |%n",
                tool,
                quantile(0.5),
                quantile(0.99),
                quantile(0.999),
                quantile(1));
    }

    ObjectNode json(ObjectMapper mapper) {
        return mapper.createObjectNode()
                .put("tool", tool)
                .put("probes", millis.length)
                .put("p50Millis", quantile(0.5))
                .put("p99Millis", quantile(0.99))
                .put("p999Millis", quantile(0.999))
                .put("mostMillis", quantile(1));
    }
}
