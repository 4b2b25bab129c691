package io.sluice.task.access;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import io.sluice.task.Api;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Tokens as an administrator issues them, and calls with them. */
final class Tokens {

    private static final Map<String, Issued> KNOWN = new ConcurrentHashMap<>();

    private Tokens() {}

    record Issued(String id, String name, String token) {

        RequestSpecification call() {
            return Tokens.call(token);
        }
    }

    /** The same one whenever it is asked for; {@code grant} is a role and a project, as in {@code viewer alpha}. */
    static Issued of(String grant) {
        String[] parts = grant.split(" ");
        return KNOWN.computeIfAbsent(grant, key -> issue(parts[0], parts[1]));
    }

    static Issued issue(String role, String... projects) {
        String name = Api.name(role);
        var answer = Api.call()
                .body("{\"name\": \"%s\", \"role\": \"%s\", \"projects\": [%s]}"
                        .formatted(
                                name,
                                role,
                                Arrays.stream(projects)
                                        .map(project -> "\"" + project + "\"")
                                        .collect(Collectors.joining(","))))
                .post("/api/v1/tokens")
                .then()
                .statusCode(201)
                .extract();
        return new Issued(answer.path("id"), name, answer.path("token"));
    }

    static RequestSpecification call(String token) {
        return given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
    }
}
