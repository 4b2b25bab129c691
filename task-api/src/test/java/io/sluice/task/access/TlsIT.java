package io.sluice.task.access;

import static io.restassured.RestAssured.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.TestServers;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
@QuarkusTestResource(value = Certificate.class, restrictToAnnotatedClass = true)
class TlsIT {

    @Test
    void theServiceSpeaksTlsWhenItHasACertificate() {
        int port = ConfigProvider.getConfig().getValue("quarkus.http.test-ssl-port", Integer.class);
        String keyStore = ConfigProvider.getConfig().getValue("test.key-store", String.class);

        given().baseUri("https://localhost")
                .port(port)
                .trustStore(keyStore, Certificate.PASSWORD)
                .header("Authorization", "Bearer " + TestServers.TOKEN)
                .get("/api/v1/tasks")
                .then()
                .statusCode(200);
    }
}
