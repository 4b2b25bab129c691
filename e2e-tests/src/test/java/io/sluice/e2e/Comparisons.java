package io.sluice.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * The comparisons of a task, asked for and waited for as a user would.
 *
 * @param path of the task
 */
record Comparisons(Api api, String path) {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Returns the comparison when it has ended. */
    JsonNode compare(String kind) {
        return ended(request(kind));
    }

    /** Returns the number of the comparison that is asked for. */
    int request(String kind) {
        return api.post(path + "/comparisons", Api.JSON.createObjectNode().put("kind", kind))
                .expect(201)
                .path("number")
                .asInt();
    }

    JsonNode ended(int number) {
        String comparison = path + "/comparisons/" + number;
        return await("comparison " + number)
                .atMost(PATIENCE)
                .until(() -> api.get(comparison).expect(200), view -> view.hasNonNull("endedAt"));
    }

    /** Repairs what the newest comparison has found, and returns how that has ended. */
    JsonNode repair() {
        int newest = api.get(path + "/comparisons?limit=1")
                .expect(200)
                .path("items")
                .get(0)
                .path("number")
                .asInt();
        String repair = path + "/comparisons/" + newest + "/repair";
        api.post(repair, Api.JSON.createObjectNode()).expect(202);
        return await("the repair has ended")
                .atMost(PATIENCE)
                .until(() -> api.get(repair).expect(200), view -> view.hasNonNull("endedAt"));
    }
}
