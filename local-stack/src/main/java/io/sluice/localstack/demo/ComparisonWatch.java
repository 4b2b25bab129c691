package io.sluice.localstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.Screen;
import java.time.Duration;

/** Lets Sluice compare the contents of a task's tables, and shows the result. For one thread. */
final class ComparisonWatch {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(500);

    private final TaskClient client;
    private final String task;
    private final Screen screen;

    ComparisonWatch(TaskClient client, String task, Screen screen) {
        this.client = client;
        this.task = task;
        this.screen = screen;
    }

    /** Returns whether it found all tables equal. */
    boolean run() throws InterruptedException {
        int number = client.compare(task, "CONTENT");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonNode view = client.comparison(task, number);
        while (!view.hasNonNull("endedAt")) {
            if (System.nanoTime() > deadline) {
                throw new DemoFailedException("the comparison did not end within " + PATIENCE.toMinutes() + " minutes");
            }
            Thread.sleep(POLL);
            view = client.comparison(task, number);
        }
        screen.say("  %-22s %12s %12s".formatted("table", "source rows", "target rows"));
        for (JsonNode table : view.path("tables")) {
            screen.say("  %-22s %,12d %,12d  %s"
                    .formatted(
                            table.path("table").asText(),
                            table.path("sourceRows").asLong(),
                            table.path("targetRows").asLong(),
                            verdict(table)));
        }
        return view.path("result").asText().equals("EQUAL");
    }

    /** Both sides are counted at moments that lie a little apart: the numbers may differ where the rows do not. */
    private static String verdict(JsonNode table) {
        String state = table.path("state").asText();
        return switch (state) {
            case "EQUAL" -> "equal";
            case "DIFFERENT" ->
                "DIFFERENT: %d missing, %d extra, %d changed"
                        .formatted(
                                table.path("missing").asLong(),
                                table.path("extra").asLong(),
                                table.path("changed").asLong());
            default -> state + " " + table.path("detail").asText("");
        };
    }
}
