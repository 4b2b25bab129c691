package io.sluice.localstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.Screen;
import java.util.ArrayList;
import java.util.List;

/** Runs the prechecks of the demo's task, shows what they say, and confirms the warnings. */
final class PrecheckWatch {
    private static final long POLL_MILLIS = 200;

    private final TaskClient client;
    private final String task;
    private final Screen screen;

    PrecheckWatch(TaskClient client, String task, Screen screen) {
        this.client = client;
        this.task = task;
        this.screen = screen;
    }

    /** @throws DemoFailedException when a check failed */
    void run() throws InterruptedException {
        client.precheck(task);
        JsonNode precheck = client.latestPrecheck(task);
        while ("RUNNING".equals(precheck.path("state").asText())) {
            Thread.sleep(POLL_MILLIS);
            precheck = client.latestPrecheck(task);
        }
        screen.say("prechecks: %s, %d looked at, %d %% passed"
                .formatted(
                        precheck.path("state").asText(),
                        precheck.path("items").size(),
                        precheck.path("passRatePercent").asInt()));
        List<String> warnings = new ArrayList<>();
        for (JsonNode item : precheck.path("items")) {
            String result = item.path("result").asText();
            if (!"PASSED".equals(result)) {
                screen.say("  %s %s: %s"
                        .formatted(
                                result,
                                item.path("key").asText(),
                                item.path("reason").asText()));
            }
            if ("WARNING".equals(result)) {
                warnings.add(item.path("key").asText());
            }
        }
        if ("FAILED".equals(precheck.path("state").asText())) {
            throw new DemoFailedException("the prechecks failed: " + precheck);
        }
        if (!warnings.isEmpty()) {
            client.confirm(task, warnings);
        }
    }
}
