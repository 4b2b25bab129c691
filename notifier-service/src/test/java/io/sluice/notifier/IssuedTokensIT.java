package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.sluice.http.access.Issuer;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** Access tokens of an issuer, which need not be there when the service starts. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class IssuedTokensIT {

    private static final String TOPICS = "/api/v1/topics";

    private final String issuer = ConfigProvider.getConfig().getValue("sluice.oidc.issuer", String.class);

    @Test
    void tokensOpenWhatTheirRolesSayOnceTheIssuerIsThere() {
        String admin = Issuer.signed(claims("sluice-admin"));
        call(admin)
                .get(TOPICS)
                .then()
                .statusCode(503)
                .contentType("application/problem+json")
                .body("code", equalTo("ISSUER_UNAVAILABLE"))
                .body("detail", containsString("issuer"));
        Api.admin().get(TOPICS).then().statusCode(200);

        try (Issuer there = new Issuer(URI.create(issuer).getPort())) {
            assertThat(there.url()).isEqualTo(issuer);
            String name = "issued-" + UUID.randomUUID();
            String body = "{\"name\": \"" + name + "\"}";
            String viewer = Issuer.signed(claims("staff", "sluice-viewer"));
            call(viewer).get(TOPICS).then().statusCode(200);
            call(viewer).body(body).post(TOPICS).then().statusCode(403).body("code", equalTo("FORBIDDEN"));
            String operator = Issuer.signed(claims("sluice-operator:orders"));
            call(operator).body(body).post(TOPICS).then().statusCode(201);
            call(viewer).delete(TOPICS + "/" + name).then().statusCode(403);
            call(operator).delete(TOPICS + "/" + name).then().statusCode(204);
            call(operator).get("/api/v1/audit").then().statusCode(403);
            call(admin)
                    .queryParam("actor", "oidc:7f3a")
                    .get("/api/v1/audit")
                    .then()
                    .statusCode(200)
                    .body("items.path", hasItem(TOPICS + "/" + name));
            list(Issuer.signed(claims("staff")))
                    .statusCode(403)
                    .body("detail", containsString("oidc:7f3a has no role"));

            long past = Instant.now().minusSeconds(600).getEpochSecond();
            list(Issuer.signed(with("exp", past))).statusCode(401);
            list(Issuer.signed(with("iss", "https://issuer.example.com"))).statusCode(401);
            list(Issuer.signed(with("aud", List.of("other")))).statusCode(401);
            list(Issuer.signedByAnother(claims("sluice-admin"))).statusCode(401);
            list(Issuer.unsigned(claims("sluice-admin")))
                    .statusCode(401)
                    .contentType("application/problem+json")
                    .body("code", equalTo("UNAUTHENTICATED"));
        }
    }

    private Map<String, Object> claims(String... groups) {
        return Issuer.claims(issuer, "7f3a", groups);
    }

    private Map<String, Object> with(String claim, Object value) {
        Map<String, Object> claims = new HashMap<>(claims("sluice-admin"));
        claims.put(claim, value);
        return claims;
    }

    private static ValidatableResponse list(String token) {
        return call(token).get(TOPICS).then();
    }

    /** From an address of its own, so that invalid tokens of other tests do not count. */
    private static RequestSpecification call(String token) {
        return given().header("Authorization", "Bearer " + token)
                .header("X-Forwarded-For", "192.0.2.50")
                .contentType(ContentType.JSON);
    }
}
