package io.sluice.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Looks for every secret of the run, of this scenario and of those before it, wherever it could have come to rest. */
@EndToEnd
class SecretsIT {

    @Test
    void noSecretIsInClearInALogAnAnswerARecordOrATable(Sluice sluice) throws Exception {
        Map<String, String> secrets = new HashMap<>(sluice.secrets());
        useSecrets(sluice, secrets);

        Map<String, String> places = new HashMap<>();
        for (Path log : sluice.logFiles()) {
            places.put("log " + log, Files.readString(log, ISO_8859_1));
        }
        places.put("answers", String.join("\n", Api.ANSWERS));
        for (ServiceProcess service : sluice.stack().services()) {
            places.put("command line of " + service.name(), commandLine(service));
        }
        for (String topic : Topics.names(sluice)) {
            places.put("topic " + topic, records(sluice, topic));
        }
        PostgresServer configuration = sluice.stack().configurationServer();
        places.putAll(tables(configuration, "sluice_tasks"));
        places.putAll(tables(configuration, "sluice_notifier"));
        places.putAll(tables(sluice.target(), "secrets"));

        // What is no secret is found, so a secret would be.
        assertThat(holding(places, "SECRETS-TASK"))
                .anyMatch(place -> place.startsWith("topic sluice.tasks"))
                .anyMatch(place -> place.startsWith("table sluice_tasks"))
                .contains("answers");
        assertThat(holding(places, "sluice-capture")).anyMatch(place -> place.startsWith("log"));
        secrets.forEach((what, secret) -> {
            for (String form : forms(secret)) {
                assertThat(holding(places, form)).as(what).isEmpty();
            }
        });
    }

    /** A task that works and one that cannot, a subscription, tests of connections: with passwords that are right and wrong. */
    private static void useSecrets(Sluice sluice, Map<String, String> secrets) {
        Pair pair = Pair.create(sluice, "secrets");
        String password = remember(secrets, "a role's password");
        pair.source()
                .execute(
                        "postgres",
                        "SET log_statement = 'none'; CREATE ROLE mover SUPERUSER LOGIN PASSWORD '" + password + "'");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "INSERT INTO app.orders VALUES (1, 10)");
        try (Webhook webhook = Webhook.start()) {
            secrets.put("the webhook's secret", webhook.subscribe(sluice, "secrets"));
            String link =
                    webhook.messages().getFirst().json().path("confirmUrl").asText();
            secrets.put("the token that confirms", link.substring(link.lastIndexOf('/') + 1));
            ObjectNode spec = Task.spec(pair, "app").put("name", "SECRETS-TASK");
            spec.putObject("alerts").put("topic", "secrets");
            ((ObjectNode) spec.required("source")).put("username", "mover").put("password", password);
            Task task = Task.create(pair, spec);
            task.start();
            task.awaitStreaming();
            Api.EventStream live = task.listen();
            changePassword(pair, task, secrets);
            pair.source().execute("postgres", "ALTER ROLE mover NOLOGIN");
            sluice.capture().kill();
            sluice.capture().start();
            task.awaitView(
                    "retrying",
                    view -> !view.path("retrying").path("code").asText().isEmpty());
            pair.source().execute("postgres", "ALTER ROLE mover LOGIN");
            task.awaitZeroLag();
            task.view();
            task.events();
            await("what happens to the task is told")
                    .until(() -> Api.ANSWERS.stream().anyMatch(line -> line.startsWith("data:")));
            live.close();
            sluice.notifier().get("/api/v1/topics/secrets/subscriptions").expect(200);
            sluice.notifier().get("/api/v1/deliveries?topic=secrets").expect(200);

            ObjectNode wrong = Task.spec(pair, "app").put("name", "wrong-password");
            ((ObjectNode) wrong.required("source")).put("password", remember(secrets, "a wrong password"));
            Task refused = Task.create(pair, wrong);
            refused.action("start").expect(422);
            refused.delete().expect(204);
            ObjectNode test = Api.JSON.createObjectNode().put("role", "source");
            test.set("endpoint", pair.sourceEndpoint().put("password", remember(secrets, "a password to test")));
            assertThat(sluice.tasks()
                            .post("/api/v1/connection-tests", test)
                            .expect(200)
                            .path("reachable")
                            .asBoolean())
                    .isFalse();
            ObjectNode malformed =
                    Task.spec(pair, "app").put("unknown", remember(secrets, "what an unknown field holds"));
            sluice.tasks().post("/api/v1/tasks", malformed).expect(400);
            useToken(sluice, secrets);
            useClientKey(sluice, pair, secrets);
        }
    }

    /** To a wrong one, and to the one that the role has by then. */
    private static void changePassword(Pair pair, Task task, Map<String, String> secrets) {
        ObjectNode changes = Api.JSON.createObjectNode();
        changes.putObject("source").put("password", remember(secrets, "a wrong password that came later"));
        task.patch(changes).expect(200);
        task.awaitView(
                "retrying for the password",
                view -> view.path("retrying").path("code").asText().equals("AUTHENTICATION_FAILED"));
        String changed = remember(secrets, "a password that came later");
        pair.source().execute("postgres", "SET log_statement = 'none'; ALTER ROLE mover PASSWORD '" + changed + "'");
        changes.putObject("source").put("password", changed);
        task.patch(changes).expect(200);
        task.awaitZeroLag();
    }

    private static void useToken(Sluice sluice, Map<String, String> secrets) {
        ObjectNode wanted = Api.JSON.createObjectNode().put("name", "secrets").put("role", "operator");
        wanted.putArray("projects").add("*");
        Api.Answer made = sluice.tasks().post("/api/v1/tokens", wanted);
        String token = made.expect(201).required("token").asText();
        assertThat(token).startsWith("slc_");
        secrets.put("an issued token", token);
        // The one answer that may hold it.
        Api.ANSWERS.remove(made.text());
        new Api(sluice.stack().taskApi().url(), token).get("/api/v1/tasks").expect(200);
        await("the notifier knows the token")
                .until(() -> new Api(sluice.stack().notifier().url(), token)
                                .get("/api/v1/topics")
                                .status()
                        == 200);
        sluice.tasks()
                .delete("/api/v1/tokens/" + made.json().required("id").asText())
                .expect(204);
        new Api(sluice.stack().taskApi().url(), token).get("/api/v1/tasks").expect(401);
    }

    /** The server takes none, so the task cannot start; what was sent is stored all the same. */
    private static void useClientKey(Sluice sluice, Pair pair, Map<String, String> secrets) {
        CertificateAuthority authority = new CertificateAuthority("secrets");
        CertificateAuthority.Issued client = authority.issue("mover");
        String password = remember(secrets, "a client key's password");
        String key = client.encryptedKey(password);
        secrets.put("a client key", line(key));
        secrets.put("a client key once it is opened", line(client.key()));
        ObjectNode spec = Task.spec(pair, "app").put("name", "client-key");
        ((ObjectNode) spec.required("source"))
                .putObject("tls")
                .put("mode", "VERIFY_CA")
                .put("caCertificate", authority.certificate())
                .put("clientCertificate", client.certificate())
                .put("clientKey", key)
                .put("clientKeyPassword", password);
        Task task = Task.create(pair, spec);
        assertThat(task.precheck().toString()).contains("TLS");
        task.view();
        ObjectNode test = Api.JSON.createObjectNode().put("role", "source");
        test.set("endpoint", spec.required("source"));
        sluice.tasks().post("/api/v1/connection-tests", test).expect(200);
        ((ObjectNode) spec.required("source").required("tls")).put("clientKeyPassword", "not " + password);
        sluice.tasks().post("/api/v1/tasks", spec.put("name", "no-key")).expect(400);
    }

    /** One whole line of the text that a PEM holds; how lines end differs from place to place. */
    private static String line(String pem) {
        return pem.lines().skip(1).findFirst().orElseThrow();
    }

    private static String remember(Map<String, String> secrets, String what) {
        String secret = Sluice.randomSecret();
        secrets.put(what, secret);
        return secret;
    }

    /** In clear, and as good as in clear. */
    private static List<String> forms(String secret) {
        byte[] bytes = secret.getBytes(UTF_8);
        // Without the last characters, which depend on what follows.
        String base64 = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        return List.of(
                secret, base64.substring(0, base64.length() - 2), HexFormat.of().formatHex(bytes));
    }

    private static List<String> holding(Map<String, String> places, String text) {
        return places.entrySet().stream()
                .filter(place -> place.getValue().contains(text))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static String records(Sluice sluice, String topic) {
        StringBuilder text = new StringBuilder();
        Topics.read(sluice, topic, "read_uncommitted", entry -> {
            append(text, entry.key());
            append(text, entry.value());
            entry.headers().forEach(header -> append(text, header.value()));
        });
        return text.toString();
    }

    private static void append(StringBuilder text, byte[] bytes) {
        if (bytes != null) {
            text.append(new String(bytes, ISO_8859_1)).append('\n');
        }
    }

    private static String commandLine(ServiceProcess service) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(service.pid()), "cmdline"), ISO_8859_1);
    }

    /** Every row of every table as text. */
    private static Map<String, String> tables(PostgresServer server, String database) throws SQLException {
        Map<String, String> places = new HashMap<>();
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            List<String> names = new ArrayList<>();
            try (ResultSet row = statement.executeQuery("""
                    SELECT oid::regclass::text FROM pg_class
                    WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')""")) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
            assertThat(names).isNotEmpty();
            for (String name : names) {
                StringBuilder text = new StringBuilder();
                try (ResultSet row = statement.executeQuery("SELECT t::text FROM " + name + " AS t")) {
                    while (row.next()) {
                        text.append(row.getString(1)).append('\n');
                    }
                }
                places.put("table " + database + " " + name, text.toString());
            }
        }
        return places;
    }
}
