package io.sluice.notifier;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.Map;

/** The calls of an administrator. */
final class Api {

    private Api() {}

    static RequestSpecification admin() {
        return given().header("Authorization", "Bearer " + Servers.ADMIN_TOKEN).contentType(ContentType.JSON);
    }

    static void createTopic(String name) {
        admin().body(Map.of("name", name)).post("/api/v1/topics").then().statusCode(201);
    }

    static Response subscribe(String topic, String protocol, String endpoint) {
        return admin().body(Map.of("protocol", protocol, "endpoint", endpoint))
                .post("/api/v1/topics/" + topic + "/subscriptions");
    }

    /** Opens the link as a receiver does: without a token. */
    static Response open(String confirmUrl) {
        return given().get(confirmUrl.substring(Servers.BASE_URL.length()));
    }

    static Response deliveries(String topic, String state) {
        return admin().queryParam("topic", topic).queryParam("state", state).get("/api/v1/deliveries");
    }
}
