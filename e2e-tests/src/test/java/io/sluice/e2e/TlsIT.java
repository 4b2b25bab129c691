package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.localstack.CertificateAuthority.Issued;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.Service;
import io.sluice.localstack.ServiceProcess;
import io.sluice.localstack.compare.RowComparison;
import io.sluice.localstack.compare.TableResult;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both ends let in only who shows a certificate, and nobody is a superuser; Kafka and the services speak TLS only, as in every
 * scenario.
 */
@EndToEnd
class TlsIT {

    private static final String DATABASE = "guarded";

    @Test
    void aTaskRunsOverClientCertificatesWithPlainAccounts(Sluice sluice) throws SQLException {
        CertificateAuthority authority = new CertificateAuthority("both ends");
        try (PostgresServer source = guarded(authority);
                PostgresServer target = guarded(authority)) {
            prepare(source, target);
            Issued mover = authority.issue("mover");
            Issued keeper = authority.issue(
                    "keeper", CertificateAuthority.rsaKeys(), Instant.now().plusSeconds(86_400));
            ObjectNode spec = Task.spec(new Pair(sluice, DATABASE), "shop");
            ObjectNode from = endpoint(source, "mover", authority, mover);
            from.withObject("tls").put("clientKey", mover.key());
            ObjectNode to = endpoint(target, "keeper", authority, keeper).put("dialect", "postgresql");
            to.withObject("tls").put("clientKey", keeper.encryptedKey("sesame")).put("clientKeyPassword", "sesame");
            spec.set("source", from);
            spec.set("target", to);

            Task task = Task.create(new Pair(sluice, DATABASE), spec);
            task.start();
            task.awaitStreaming();
            source.execute(
                    DATABASE,
                    "UPDATE shop.orders SET note = 'changed' WHERE id % 3 = 0",
                    "DELETE FROM shop.orders WHERE id % 7 = 0",
                    "INSERT INTO shop.orders (note, body) SELECT 'late ' || i, repeat(md5(i::text), 400)"
                            + " FROM generate_series(1, 500) i",
                    "UPDATE shop.orders SET id = -id WHERE id % 11 = 0");
            task.awaitApplied(Lsn.parse(ask(source, "SELECT pg_current_wal_lsn()::text")));
            assertEqual(source, target);

            // Every session of the task is encrypted, the one that replicates too.
            for (PostgresServer server : List.of(source, target)) {
                assertThat(ask(
                                server,
                                "SELECT string_agg(DISTINCT ssl::text, ',') FROM pg_stat_ssl JOIN pg_stat_activity"
                                        + " USING (pid) WHERE application_name LIKE 'sluice%'"))
                        .isEqualTo("true");
            }
            assertThat(task.view().toString())
                    .contains("BEGIN CERTIFICATE")
                    .doesNotContain("PRIVATE KEY")
                    .doesNotContain("sesame");

            task.action("stop").expect(202);
            task.awaitState("COMPLETED");
            assertThat(task.delete().expect(200).path("leftovers")).isEmpty();
            assertThat(ask(source, "SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
            assertThat(ask(source, "SELECT count(*) FROM pg_publication")).isEqualTo("0");
            assertThat(ask(target, "SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice'"))
                    .isEqualTo("0");
        }
    }

    @Test
    void everyServiceSpeaksNothingButHttps(Sluice sluice) throws Exception {
        HttpClient trusting =
                HttpClient.newBuilder().sslContext(Sluice.AUTHORITY.trusting()).build();
        HttpClient stranger = HttpClient.newBuilder()
                .sslContext(new CertificateAuthority("another").trusting())
                .build();
        // Others were stopped by the scenarios that had started them.
        for (ServiceProcess service : List.of(
                sluice.stack().taskApi(),
                sluice.capture(),
                sluice.apply(),
                sluice.stack().notifier())) {
            URI health = URI.create(service.url() + "/q/health/ready");
            assertThat(health).as(service.name()).hasScheme("https");
            assertThat(status(trusting, health)).as(service.name()).isEqualTo(200);
            assertThatThrownBy(() -> status(stranger, health))
                    .as(service.name())
                    .isInstanceOf(SSLHandshakeException.class);
            assertThat(service.plainPort()).as(service.name()).isNotEqualTo(service.port());
            assertThatThrownBy(() ->
                            status(trusting, URI.create("http://127.0.0.1:" + service.plainPort() + "/q/health/ready")))
                    .as(service.name())
                    .isInstanceOf(ConnectException.class);
        }
    }

    private static int status(HttpClient http, URI uri) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void aServiceThatDoesNotTrustKafkaIsNotReadyAndSaysWhy(Sluice sluice, @TempDir Path directory) throws Exception {
        String other = Files.writeString(
                        directory.resolve("other.pem"), new CertificateAuthority("another").certificate())
                .toString();
        List<ServiceProcess> strangers = Stream.of(Service.values())
                .map(service -> sluice.stack()
                        .another(
                                service,
                                "stranger-" + service.module(),
                                Map.of("KAFKA_SSL_TRUSTSTORE_LOCATION", other)))
                .toList();
        try {
            strangers.forEach(ServiceProcess::launch);
            for (ServiceProcess stranger : strangers) {
                Api.Answer ready = await(stranger.name() + " says why")
                        .atMost(Duration.ofMinutes(2))
                        .ignoreException(Api.NoAnswerException.class)
                        .until(
                                () -> new Api(stranger.url(), "").get("/q/health/ready"),
                                answer -> answer.text().contains("SSL handshake failed"));
                assertThat(ready.status()).as(ready.toString()).isEqualTo(503);
                assertThat(Files.readString(stranger.logFile())).contains("SSL handshake failed");
            }
        } finally {
            strangers.forEach(ServiceProcess::kill);
        }
    }

    private static PostgresServer guarded(CertificateAuthority authority) {
        return PostgresServer.builder()
                .fsync(false)
                .tls(authority, authority.issue("server", "localhost"))
                .access(
                        "host    all         postgres all scram-sha-256",
                        "hostssl all         all      all cert",
                        "hostssl replication all      all cert")
                .build()
                .start();
    }

    /** What a table's owner must be given: REPLICATION, and CREATE on the database for the publication. */
    private static void prepare(PostgresServer source, PostgresServer target) {
        source.createDatabase(DATABASE);
        source.execute(
                DATABASE,
                "CREATE ROLE shop NOLOGIN",
                "CREATE ROLE mover LOGIN REPLICATION IN ROLE shop",
                "GRANT CREATE ON DATABASE " + DATABASE + " TO mover",
                "CREATE SCHEMA shop AUTHORIZATION shop",
                "CREATE TABLE shop.orders (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note text, body text,"
                        + " at timestamptz DEFAULT now())",
                "ALTER TABLE shop.orders OWNER TO shop",
                "ALTER TABLE shop.orders ALTER body SET STORAGE EXTERNAL",
                "INSERT INTO shop.orders (note, body) SELECT 'order ' || i, repeat(md5(i::text), i % 300)"
                        + " FROM generate_series(1, 3000) i");
        target.createDatabase(DATABASE);
        target.execute(DATABASE, "CREATE ROLE keeper LOGIN", "GRANT CREATE ON DATABASE " + DATABASE + " TO keeper");
    }

    private static ObjectNode endpoint(
            PostgresServer server, String user, CertificateAuthority authority, Issued client) {
        ObjectNode endpoint = Api.JSON
                .createObjectNode()
                .put("host", "localhost")
                .put("port", server.port())
                .put("database", DATABASE)
                .put("username", user)
                // The contract asks for one; with a certificate the server does not.
                .put("password", "unused");
        endpoint.putObject("tls")
                .put("mode", "VERIFY_FULL")
                .put("caCertificate", authority.certificate())
                .put("clientCertificate", client.certificate());
        return endpoint;
    }

    private static void assertEqual(PostgresServer source, PostgresServer target) throws SQLException {
        try (Connection left = source.connect(DATABASE);
                Connection right = target.connect(DATABASE)) {
            List<TableResult> results = new RowComparison(left, right).compareSchema("shop");
            assertThat(results).singleElement().satisfies(table -> {
                assertThat(table.equal()).as(table.toString()).isTrue();
                assertThat(table.sourceRows()).isGreaterThan(3000);
            });
        }
    }

    private static String ask(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect(DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }
}
