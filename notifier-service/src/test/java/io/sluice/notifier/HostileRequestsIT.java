package io.sluice.notifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.http.document.HostileRequests.Request;
import io.sluice.http.document.HostileRun;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whatever comes in, the answer is a problem that says what to do (to people, a page), and nothing is stored. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class HostileRequestsIT implements HostileRun.Service {

    private static final String VICTIM = "victim-";

    @TestHTTPResource
    URI server;

    private final List<String> topics = new ArrayList<>();
    private final List<String> subscriptions = new ArrayList<>();

    @Test
    void noRequestIsAnsweredWithAnInternalErrorOrStoresAnything() throws Exception {
        List<String> before = others();
        new HostileRun(server, Servers.ADMIN_TOKEN, Map.of("topics", topics, "subscriptions", subscriptions))
                .carryOut(this);
        assertThat(others()).isEqualTo(before);
    }

    /** A topic with a subscription; requests may well delete both. */
    @Override
    public void prepare() {
        if (topics.isEmpty()
                || Api.admin()
                                .get("/api/v1/topics/" + topics.getFirst() + "/subscriptions/"
                                        + subscriptions.getFirst())
                                .statusCode()
                        != 200) {
            topics.clear();
            subscriptions.clear();
            String topic = VICTIM + UUID.randomUUID();
            Api.createTopic(topic);
            topics.add(topic);
            subscriptions.add(Api.subscribe(topic, "http", "http://127.0.0.1:9/nobody")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id"));
        }
    }

    /** What is made says what was asked for; nothing else than names and endpoints can be. */
    @Override
    public void judgeMade(String about, Request request, JsonNode made) {
        for (String field : List.of("name", "displayName", "protocol", "endpoint")) {
            if (made.has(field)) {
                assertThat(made.path(field).asText()).as(about).isNotBlank().doesNotContainPattern("\\p{Cc}|\ufffd");
            }
        }
    }

    @Override
    public boolean answersPages(String path) {
        return path.startsWith("/confirm/") || path.startsWith("/unsubscribe/");
    }

    /** Every topic but the victims. */
    private static List<String> others() {
        return Api.admin()
                .queryParam("limit", 200)
                .get("/api/v1/topics")
                .jsonPath()
                .getList("items.name", String.class)
                .stream()
                .filter(name -> !name.startsWith(VICTIM))
                .toList();
    }
}
