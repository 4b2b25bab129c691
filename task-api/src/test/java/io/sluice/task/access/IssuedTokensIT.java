package io.sluice.task.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.http.access.Issuer;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
@QuarkusTestResource(AccessServers.class)
class IssuedTokensIT {

    @TestHTTPResource(value = "/api/v1/tasks", tls = true)
    URL tls;

    private static Map<String, Object> claims(String... groups) {
        return Issuer.claims(issuer(), "7f3a", groups);
    }

    private static String issuer() {
        return ConfigProvider.getConfig().getValue("sluice.oidc.issuer", String.class);
    }

    private static ValidatableResponse list(String token) {
        return Tokens.call(token)
                .header("X-Forwarded-For", "192.0.2.50")
                .get("/api/v1/tasks")
                .then();
    }

    @Test
    void aTokenOfTheIssuerOpensWhatItsGroupsSay() {
        String operator = Issuer.signed(claims("staff", "sluice-operator:gamma"));
        String body = new Pair("a", "b").task(Api.name("issued"), ", \"project\": \"gamma\"");

        String id = Tokens.call(operator)
                .body(body)
                .post("/api/v1/tasks")
                .then()
                .statusCode(201)
                .extract()
                .path("id");

        Api.call().get("/api/v1/tasks/" + id + "/events").then().body("items[0].actor", equalTo("oidc:7f3a"));
        Tokens.call(operator).get("/api/v1/tokens").then().statusCode(403);
        Tokens.call(Issuer.signed(claims("sluice-admin")))
                .get("/api/v1/tokens")
                .then()
                .statusCode(200);
        Tokens.call(Issuer.signed(claims("sluice-viewer:delta")))
                .get("/api/v1/tasks/" + id)
                .then()
                .statusCode(404);
    }

    @Test
    void aTokenWithoutARoleOpensNothing() {
        list(Issuer.signed(claims("staff"))).statusCode(403).body("detail", containsString("oidc:7f3a has no role"));
    }

    @Test
    void aTokenThatCannotBeTrustedIsRefused() {
        list(Issuer.signed(with("exp", Instant.now().minusSeconds(600).getEpochSecond())))
                .statusCode(401);
        list(Issuer.signed(with("iss", "https://issuer.example.com"))).statusCode(401);
        list(Issuer.signed(with("aud", List.of("other")))).statusCode(401);
        list(Issuer.signedByAnother(claims("sluice-admin"))).statusCode(401);
        list(Issuer.unsigned(claims("sluice-admin"))).statusCode(401);
        list("abc.def.ghi")
                .statusCode(401)
                .contentType("application/problem+json")
                .body("detail", containsString("not valid"));
    }

    private static Map<String, Object> with(String claim, Object value) {
        Map<String, Object> claims = new HashMap<>(claims("sluice-admin"));
        claims.put(claim, value);
        return claims;
    }

    @Test
    void theServiceSpeaksTlsWhenItHasACertificate() {
        String keyStore = ConfigProvider.getConfig().getValue("test.key-store", String.class);

        given().trustStore(keyStore, AccessServers.PASSWORD)
                .header("Authorization", "Bearer " + TestServers.TOKEN)
                .get(tls)
                .then()
                .statusCode(200);
    }

    /** As clients like curl choose it where there is TLS; no header says then that nothing follows. */
    @Test
    void requestsWithoutABodyAreTakenOverHttp2() throws Exception {
        HttpClient http = HttpClient.newBuilder().sslContext(trusting()).build();
        for (String method : List.of("POST", "DELETE")) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(tls + "/nowhere" + (method.equals("POST") ? "/pause" : "")))
                            .header("Authorization", "Bearer " + TestServers.TOKEN)
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
            assertThat(answer.body()).contains("TASK_NOT_FOUND");
        }
    }

    private static SSLContext trusting() throws Exception {
        KeyStore store = KeyStore.getInstance(
                new File(ConfigProvider.getConfig().getValue("test.key-store", String.class)),
                AccessServers.PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, new char[0]);
        trusted.setCertificateEntry("server", store.getCertificate("server"));
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
