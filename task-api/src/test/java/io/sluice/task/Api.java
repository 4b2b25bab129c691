package io.sluice.task;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.ConfigProvider;

/** The API as an administrator calls it, and the databases behind it. */
public final class Api {

    private Api() {}

    public static RequestSpecification call() {
        return given().header("Authorization", "Bearer " + TestServers.TOKEN).contentType(ContentType.JSON);
    }

    public static ValidatableResponse create(String body) {
        return call().body(body).post("/api/v1/tasks").then();
    }

    /** @return the id */
    public static String created(String body) {
        return create(body).statusCode(201).extract().path("id");
    }

    /** @param ifMatch the ETag that the caller has seen, or {@code *} */
    public static ValidatableResponse patch(String id, String ifMatch, String body) {
        return call().contentType("application/merge-patch+json")
                .header("If-Match", ifMatch)
                .body(body)
                .patch("/api/v1/tasks/" + id)
                .then();
    }

    public static ValidatableResponse action(String id, String action) {
        return call().post("/api/v1/tasks/" + id + "/" + action).then();
    }

    /** Runs the prechecks and waits for their end. */
    public static JsonPath precheck(String id) {
        call().post("/api/v1/tasks/" + id + "/prechecks").then().statusCode(202);
        return awaitPrecheck(id);
    }

    /** The newest precheck, once it has ended. */
    public static JsonPath awaitPrecheck(String id) {
        return await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(
                        () -> call().get("/api/v1/tasks/" + id + "/prechecks/latest")
                                .then()
                                .statusCode(200)
                                .extract()
                                .jsonPath(),
                        precheck -> !"RUNNING".equals(precheck.getString("state")));
    }

    /** Says that these warnings were read. */
    public static ValidatableResponse confirm(String id, List<String> keys) {
        String items = keys.stream().map(key -> '"' + key + '"').collect(Collectors.joining(", "));
        return call().body("{\"items\": [" + items + "]}")
                .post("/api/v1/tasks/" + id + "/prechecks/latest/confirmations")
                .then();
    }

    public static String state(String id) {
        return task(id).path("state");
    }

    public static Response task(String id) {
        return call().get("/api/v1/tasks/" + id);
    }

    public static String name(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    public static int port() {
        return ConfigProvider.getConfig().getValue("test.postgres.port", Integer.class);
    }

    public static int poorPort() {
        return ConfigProvider.getConfig().getValue("test.poor.port", Integer.class);
    }

    /** A pair of new databases; the source is filled by statements. */
    public static Pair pair(String... statements) throws SQLException {
        String suffix = UUID.randomUUID().toString().substring(0, 8);
        Pair pair = new Pair("source_" + suffix, "target_" + suffix);
        execute("postgres", "CREATE DATABASE " + pair.source());
        execute("postgres", "CREATE DATABASE " + pair.target());
        execute(pair.source(), statements);
        return pair;
    }

    public static void execute(String database, String... statements) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** What no request could bring about so soon: columns of a task as they are set in SQL. */
    public static void put(String id, String columns) throws SQLException {
        execute("sluice", "UPDATE task SET " + columns + " WHERE id = '" + id + "'");
    }

    /** What has happened to a task, the oldest first. */
    public static List<String> eventKinds(String id) throws SQLException {
        return query("sluice", "SELECT kind FROM task_event WHERE task_id = '" + id + "' ORDER BY id");
    }

    /** The first column. */
    public static List<String> query(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (row.next()) {
                values.add(row.getString(1));
            }
            return values;
        }
    }

    private static Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port() + "/" + database, "postgres", TestServers.PASSWORD);
    }

    /** The two ends of a task on the server of the tests. */
    public record Pair(String source, String target) {

        public String task(String name) {
            return task(name, "");
        }

        /** @param more further fields, each after a comma */
        public String task(String name, String more) {
            return """
                    {"name": "%s", "source": %s, "target": %s,
                     "objects": {"include": [{"schema": "public", "table": "*"}]}%s}
                    """.formatted(name, endpoint(source), endpoint(target), more);
        }

        public String sourceEndpoint() {
            return endpoint(source);
        }
    }

    public static String endpoint(String database) {
        return endpoint("127.0.0.1", port(), database, "postgres", TestServers.PASSWORD, "DISABLE");
    }

    public static String endpoint(
            String host, int port, String database, String user, String password, String tlsMode) {
        return """
                {"host": "%s", "port": %d, "database": "%s", "username": "%s", "password": "%s",
                 "tls": {"mode": "%s"}}""".formatted(host, port, database, user, password, tlsMode);
    }
}
