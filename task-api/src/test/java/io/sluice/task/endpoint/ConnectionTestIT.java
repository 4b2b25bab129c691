package io.sluice.task.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sluice.contracts.Json;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.localstack.CertificateAuthority.Issued;
import io.sluice.localstack.PostgresServer;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which a database can be out of reach, against real servers and sockets. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ConnectionTestIT {

    private static final CertificateAuthority AUTHORITY = new CertificateAuthority("the authority");
    private static final CertificateAuthority STRANGER = new CertificateAuthority("another authority");
    private static final String PASSWORD = "pw-of-the-client";

    private static @Nullable PostgresServer secured;

    @BeforeAll
    static void start() {
        PostgresServer server = PostgresServer.builder()
                .fsync(false)
                .tls(AUTHORITY, AUTHORITY.issue("server", "localhost"))
                .access(
                        "host    all     postgres all scram-sha-256",
                        "hostssl certs   all      all cert",
                        "hostssl refused all      all reject",
                        "hostssl all     all      all scram-sha-256")
                .build()
                .start();
        secured = server;
        server.execute("postgres", "CREATE ROLE client LOGIN PASSWORD '" + PASSWORD + "'");
        server.execute("postgres", "CREATE ROLE full_up LOGIN CONNECTION LIMIT 0 PASSWORD '" + PASSWORD + "'");
        server.createDatabase("certs");
        server.createDatabase("private");
        server.execute("postgres", "REVOKE CONNECT ON DATABASE private FROM PUBLIC");
    }

    @AfterAll
    static void stop() {
        if (secured != null) {
            secured.close();
        }
    }

    @Test
    void eachModeIsAsStrictAsItSays() {
        fails(tls("DISABLE"), "ACCESS_REJECTED", "username");
        succeeds(tls("REQUIRE"));
        succeeds(tls("VERIFY_CA").tls("caCertificate", AUTHORITY.certificate()).with("host", "127.0.0.1"));
        succeeds(tls("VERIFY_FULL").tls("caCertificate", AUTHORITY.certificate()));
        fails(
                tls("VERIFY_FULL").tls("caCertificate", AUTHORITY.certificate()).with("host", "127.0.0.1"),
                "HOST_NAME_MISMATCH",
                "host");
        for (String mode : new String[] {"REQUIRE", "VERIFY_CA", "VERIFY_FULL"}) {
            fails(tls(mode).tls("caCertificate", STRANGER.certificate()), "CERTIFICATE_UNTRUSTED", "tls.caCertificate");
        }
        // The authorities of the JVM do not know ours.
        fails(tls("VERIFY_CA"), "CERTIFICATE_UNTRUSTED", "tls.caCertificate");
    }

    @Test
    void aServerWithoutTlsIsToldFromOneThatIsNotTrusted() {
        fails(plain().tls("mode", "REQUIRE"), "TLS_NOT_OFFERED", "tls");
        fails(plain().tls("mode", "VERIFY_FULL"), "TLS_NOT_OFFERED", "tls");
    }

    @Test
    void aClientCertificateIsShownWithItsKey() {
        Issued client = AUTHORITY.issue("client");
        succeeds(identified(client));
        succeeds(identified(client)
                .tls("clientKey", client.encryptedKey("sesame"))
                .tls("clientKeyPassword", "sesame"));
        Issued rsa = AUTHORITY.issue(
                "client", CertificateAuthority.rsaKeys(), Instant.now().plusSeconds(3600));
        succeeds(identified(rsa));
        fails(
                tls("VERIFY_FULL").tls("caCertificate", AUTHORITY.certificate()).with("database", "certs"),
                "CLIENT_CERTIFICATE_REFUSED",
                "tls.clientCertificate");
        fails(identified(STRANGER.issue("client")), "CLIENT_CERTIFICATE_REFUSED", "tls.clientCertificate");
        // The certificate of somebody else.
        fails(identified(AUTHORITY.issue("somebody")), "ACCESS_REJECTED", "username");
    }

    @Test
    void everyOtherReasonHasItsCode() throws IOException {
        fails(tls("REQUIRE").with("password", "wrong"), "AUTHENTICATION_FAILED", "password");
        fails(tls("REQUIRE").with("database", "nowhere"), "DATABASE_UNKNOWN", "database");
        fails(tls("REQUIRE").with("database", "refused"), "ACCESS_REJECTED", "username");
        fails(tls("REQUIRE").with("database", "private"), "PRIVILEGE_MISSING", "");
        fails(tls("REQUIRE").with("username", "full_up"), "TOO_MANY_CONNECTIONS", "");
        fails(plain().with("host", "no-such-host.invalid"), "HOST_UNKNOWN", "host");
        fails(plain().with("port", closedPort()), "CONNECTION_REFUSED", "port");
        try (Answering starting = new Answering("SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0")) {
            fails(plain().with("port", starting.port()), "SERVER_STARTING", "");
        }
        try (Answering leaving = new Answering("")) {
            fails(plain().with("port", leaving.port()), "CONNECTION_LOST", "");
        }
    }

    @Test
    void aServerThatSaysNothingIsGivenUp() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            fails(plain().with("port", silent.getLocalPort()), "CONNECTION_TIMEOUT", "host");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost",
                "local host",
                "localhost/x",
                "user@localhost",
                "localhost:5432",
                "a,b",
                "localhost?ssl=off",
                "local\u0000host",
                "..",
                "-a",
                " "
            })
    void whatIsNoHostIsRefused(String host) {
        test(plain().with("host", host))
                .statusCode(400)
                .body("code", equalTo("VALIDATION_FAILED"))
                .body("violations[0].field", equalTo("endpoint.host"));
    }

    @Test
    void aHostOfAMegabyteIsRefused() {
        test(plain().with("host", "a".repeat(1 << 20)))
                .statusCode(400)
                .body("violations[0].field", equalTo("endpoint.host"));
    }

    @Test
    void certificatesAndKeysThatCannotWorkAreRefused() {
        Issued client = AUTHORITY.issue("client");
        Issued old = AUTHORITY.issue(
                "client", CertificateAuthority.ecKeys(), Instant.now().minusSeconds(60));
        refused(tls("VERIFY_CA").tls("caCertificate", "hello"), "tls.caCertificate");
        refused(
                tls("VERIFY_CA").tls("caCertificate", AUTHORITY.certificate() + " ".repeat(500 * 1024)),
                "tls.caCertificate");
        refused(tls("VERIFY_CA").tls("caCertificate", old.certificate()), "tls.caCertificate");
        refused(identified(old), "tls.clientCertificate");
        refused(identified(client).tls("clientKey", AUTHORITY.issue("client").key()), "tls.clientKey");
        refused(identified(client).tls("clientKey", "hello"), "tls.clientKey");
        refused(identified(client).tls("clientKey", client.encryptedKey("sesame")), "tls.clientKeyPassword");
        refused(
                identified(client)
                        .tls("clientKey", client.encryptedKey("sesame"))
                        .tls("clientKeyPassword", "sesamo"),
                "tls.clientKeyPassword");
        refused(tls("VERIFY_CA").tls("clientKey", client.key()), "tls.clientCertificate");
        refused(tls("VERIFY_CA").tls("clientCertificate", client.certificate()), "tls.clientKey");
        refused(tls("VERIFY_CA").tls("clientKeyPassword", "x"), "tls.clientKeyPassword");
        refused(tls("DISABLE").tls("clientKey", client.key()), "tls.clientKey");
        refused(tls("SOMETIMES"), "tls.mode");
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Endpoint tls(String mode) {
        if (secured == null) {
            throw new IllegalStateException("not started");
        }
        return new Endpoint()
                .with("host", "localhost")
                .with("port", secured.port())
                .with("database", "postgres")
                .with("username", "client")
                .with("password", PASSWORD)
                .tls("mode", mode);
    }

    private static Endpoint plain() {
        return new Endpoint()
                .with("host", "127.0.0.1")
                .with("port", Api.port())
                .with("database", "postgres")
                .with("username", "postgres")
                .with("password", TestServers.PASSWORD);
    }

    private static Endpoint identified(Issued client) {
        return tls("VERIFY_FULL")
                .tls("caCertificate", AUTHORITY.certificate())
                .tls("clientCertificate", client.certificate())
                .tls("clientKey", client.key())
                .with("database", "certs");
    }

    private static void succeeds(Endpoint endpoint) {
        test(endpoint)
                .statusCode(200)
                .body("problem", nullValue())
                .body("reachable", equalTo(true))
                .body("tls", startsWith("TLSv1"));
    }

    private static void fails(Endpoint endpoint, String code, String field) {
        String answer = test(endpoint)
                .statusCode(200)
                .body("reachable", equalTo(false))
                .body("problem.code", equalTo(code))
                .body("problem.detail", not(blankOrNullString()))
                .body("problem.field", equalTo(field.isEmpty() ? "endpoint" : "endpoint." + field))
                .extract()
                .asString();
        assertThat(answer).doesNotContain(PASSWORD).doesNotContain(TestServers.PASSWORD);
    }

    private static void refused(Endpoint endpoint, String field) {
        String answer = test(endpoint)
                .statusCode(400)
                .body("code", equalTo("VALIDATION_FAILED"))
                .body("violations.field", contains("endpoint." + field))
                .extract()
                .asString();
        assertThat(answer).doesNotContain("PRIVATE KEY-----\\n");
    }

    private static ValidatableResponse test(Endpoint endpoint) {
        return Api.call()
                .body(Json.write(Map.of("role", "source", "endpoint", endpoint.fields())))
                .post("/api/v1/connection-tests")
                .then();
    }

    /** An endpoint of a request; every method answers a changed copy. */
    private record Endpoint(Map<String, Object> plain, Map<String, Object> secured) {

        Endpoint() {
            this(Map.of(), Map.of());
        }

        Endpoint with(String field, Object value) {
            return new Endpoint(and(plain, field, value), secured);
        }

        Endpoint tls(String field, Object value) {
            return new Endpoint(plain, and(secured, field, value));
        }

        Map<String, Object> fields() {
            return and(plain, "tls", secured);
        }

        private static Map<String, Object> and(Map<String, Object> map, String field, Object value) {
            Map<String, Object> more = new LinkedHashMap<>(map);
            more.put(field, value);
            return new HashMap<>(more);
        }
    }

    /** Answers the first message of every client with one error, and hangs up. */
    private static final class Answering implements AutoCloseable {

        private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());

        Answering(String error) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket client = socket.accept()) {
                        DataInputStream in = new DataInputStream(client.getInputStream());
                        in.readNBytes(in.readInt() - 4);
                        answer(client.getOutputStream(), error.getBytes(StandardCharsets.UTF_8));
                    } catch (IOException gone) {
                        // The client has; the next one may come.
                        Thread.onSpinWait();
                    }
                }
            });
        }

        private static void answer(OutputStream out, byte[] fields) throws IOException {
            if (fields.length > 0) {
                out.write('E');
                out.write(new byte[] {0, 0, (byte) ((fields.length + 4) >> 8), (byte) (fields.length + 4)});
                out.write(fields);
                out.flush();
            }
        }

        int port() {
            return socket.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
