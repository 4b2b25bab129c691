package io.sluice.localstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.Screen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Follows one task through the API and shows what it does. For one thread. */
final class TaskWatch {
    private static final Duration LOAD_PATIENCE = Duration.ofMinutes(8);
    private static final Duration APPLY_PATIENCE = Duration.ofMinutes(4);
    private static final Duration POLL = Duration.ofSeconds(1);

    private final TaskClient client;
    private final String id;
    private final Screen screen;

    TaskWatch(TaskClient client, String id, Screen screen) {
        this.client = client;
        this.id = id;
        this.screen = screen;
    }

    /** Shows the load until the task streams changes. */
    void awaitStreaming() throws InterruptedException {
        long deadline = System.nanoTime() + LOAD_PATIENCE.toNanos();
        String shown = "";
        while (true) {
            String state = healthyState();
            JsonNode tables = client.progress(id).path("tables");
            boolean streaming = state.equals("INCREMENTAL_SYNC");
            if (screen.isTerminal()) {
                screen.draw(bars(state, tables));
            } else if (!shown.equals(summary(state, tables))) {
                shown = summary(state, tables);
                screen.say(shown);
            }
            if (streaming) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw failure("the load did not end within " + LOAD_PATIENCE.toMinutes() + " minutes");
            }
            Thread.sleep(POLL);
        }
    }

    /** Shows the lag at an interval until the time is over. */
    void showLag(Duration howLong, Duration interval, ShopTraffic traffic) throws InterruptedException {
        long deadline = System.nanoTime() + howLong.toNanos();
        while (System.nanoTime() < deadline) {
            healthyState();
            JsonNode lag = client.lag(id);
            screen.say("  lag %s (capture %s, apply %s) · applied up to %s · %,d shop transactions so far"
                    .formatted(
                            millis(lag, "totalMillis"),
                            millis(lag, "captureMillis"),
                            millis(lag, "applyMillis"),
                            lag.path("appliedLsn").asText("-"),
                            traffic.committed()));
            Thread.sleep(interval);
        }
    }

    /** Returns when the target has everything up to a position of the source's WAL. */
    void awaitApplied(long lsn) throws InterruptedException {
        long deadline = System.nanoTime() + APPLY_PATIENCE.toNanos();
        while (!isApplied(lsn)) {
            healthyState();
            if (System.nanoTime() > deadline) {
                throw failure("the target did not catch up within " + APPLY_PATIENCE.toMinutes() + " minutes; lag: "
                        + client.lag(id));
            }
            Thread.sleep(POLL);
        }
    }

    private boolean isApplied(long lsn) {
        String applied = client.lag(id).path("appliedLsn").asText("");
        return !applied.isEmpty() && !applied.equals("null") && parseLsn(applied) >= lsn;
    }

    /** An LSN in its text form, such as 0/16B3748, as a number. */
    static long parseLsn(String text) {
        String[] halves = text.split("/", -1);
        if (halves.length != 2) {
            throw new IllegalArgumentException("lsn: " + text + " is not of the form 0/16B3748");
        }
        return Long.parseLong(halves[0], 16) << 32 | Long.parseLong(halves[1], 16);
    }

    private String healthyState() {
        JsonNode task = client.task(id);
        String state = task.path("state").asText();
        if (state.endsWith("_FAILED") || state.equals("PAUSED") || state.equals("COMPLETED")) {
            throw new DemoFailedException("the task is " + state + "\n" + task.toPrettyString());
        }
        return state;
    }

    private DemoFailedException failure(String what) {
        return new DemoFailedException(what + "\n" + client.task(id).toPrettyString());
    }

    private static List<String> bars(String state, JsonNode tables) {
        List<String> lines = new ArrayList<>();
        lines.add("  task " + state);
        for (JsonNode table : tables) {
            double percent = table.path("percent").asDouble();
            lines.add("  %-14s %s %5.1f %% %,10d rows  %s"
                    .formatted(
                            table.path("table").asText(),
                            Screen.bar(percent),
                            percent,
                            table.path("rows").asLong(),
                            table.path("state").asText()));
        }
        return lines;
    }

    private static String summary(String state, JsonNode tables) {
        StringBuilder line = new StringBuilder("  task " + state);
        for (JsonNode table : tables) {
            line.append(" · %s %.0f %%"
                    .formatted(
                            table.path("table").asText(), table.path("percent").asDouble()));
        }
        return line.toString();
    }

    private static String millis(JsonNode lag, String field) {
        JsonNode value = lag.path(field);
        return value.isNumber() ? "%,d ms".formatted(value.asLong()) : "unknown";
    }
}
