package io.sluice.task.precheck;

import static io.sluice.task.precheck.Prechecks.found;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.sluice.localstack.PostgresServer;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The oldest and the newest PostgreSQL that is tested with, as source and as target. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class VersionsIT {

    private static PostgresServer old;
    private static PostgresServer young;

    @BeforeAll
    static void startServers() {
        old = server(15).build().start();
        young = server(18)
                .setting("idle_replication_slot_timeout", "1d")
                .build()
                .start();
        old.execute("postgres", "CREATE DATABASE source_15", "CREATE DATABASE target_15");
        young.execute("postgres", "CREATE DATABASE source_18", "CREATE DATABASE target_18");
        for (String table : List.of(
                "CREATE TABLE item (id int PRIMARY KEY, v text)",
                "INSERT INTO item SELECT i, 'x' FROM generate_series(1, 100) i")) {
            old.execute("source_15", table);
            young.execute("source_18", table);
        }
    }

    @AfterAll
    static void stopServers() {
        old.close();
        young.close();
    }

    @Test
    void fromTheOldestToTheNewestEverythingPasses() {
        JsonPath precheck = precheck("to-18", old, "source_15", young, "target_18");

        assertThat(found(precheck)).isEmpty();
        assertThat(precheck.getString("state")).isEqualTo("PASSED");
        assertThat(precheck.getInt("passRatePercent")).isEqualTo(100);
    }

    @Test
    void fromTheNewestToTheOldestIsAWarning() {
        JsonPath precheck = precheck("to-15", young, "source_18", old, "target_15");

        assertThat(found(precheck)).containsExactlyInAnyOrder("version-order", "idle-slot-timeout");
        assertThat(precheck.getString("state")).isEqualTo("WARNING");
        assertThat(precheck.getString("items.find { it.key == 'version-order' }.reason"))
                .contains("15", "18");
        assertThat(precheck.getString("items.find { it.key == 'idle-slot-timeout' }.fix"))
                .contains("idle_replication_slot_timeout");
    }

    @Test
    void aTimeoutOfIdleSlotsIsMendedByItsFix() {
        String id = task("idle", young, "source_18", young, "target_18");
        JsonPath before = Api.precheck(id);
        assertThat(found(before)).containsExactly("idle-slot-timeout");
        for (String statement : fix(before, "idle-slot-timeout").split(";")) {
            young.execute("postgres", statement);
        }
        try {
            await().until(() -> found(Api.precheck(id)).isEmpty());
        } finally {
            young.execute("postgres", "ALTER SYSTEM RESET idle_replication_slot_timeout");
            young.execute("postgres", "SELECT pg_reload_conf()");
        }
    }

    /** They are neither stored nor streamed, and nobody can write them. */
    @Test
    void virtualColumnsAreGeneratedColumns() {
        young.execute("postgres", "CREATE DATABASE virtual_source", "CREATE DATABASE virtual_target");
        young.execute(
                "virtual_source",
                "CREATE TABLE doubled (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL)",
                "CREATE TABLE plain (id int PRIMARY KEY, n int, twice int)",
                "INSERT INTO doubled VALUES (1, 2)");
        String body = body("virtual", young, "virtual_source", young, "virtual_target");

        assertThat(found(Api.precheck(Api.created(body)))).containsExactly("idle-slot-timeout");

        JsonPath filtered = Api.precheck(Api.created(body.replace("virtual-", "filter-")
                .replace("\"table\": \"*\"", "\"table\": \"doubled\", \"filter\": \"twice > 2\"")));
        assertThat(found(filtered)).contains("filter-columns");
        assertThat(reason(filtered, "filter-columns")).contains("twice, which no change carries");

        JsonPath transformed =
                Api.precheck(Api.created(body.replace("virtual-", "transform-").replace("\"objects\"", """
                        "transforms": [{"table": "public.doubled", "expression": "{'n': row.twice, 'twice': row.n}"}], "objects\"""")));
        assertThat(found(transformed)).contains("transforms");
        assertThat(reason(transformed, "transforms"))
                .contains("twice is generated, and no change carries it", "twice is generated, and cannot be written");

        young.execute(
                "virtual_target",
                "CREATE TABLE doubled (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL)",
                "CREATE TABLE plain (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL)");
        JsonPath kept = Api.precheck(Api.created(body.replace("virtual-", "kept-")
                .replace("\"objects\"", "\"structure\": {\"existingTable\": \"KEEP\"}, \"objects\"")));
        assertThat(reason(kept, "target-tables"))
                .contains("public.plain: twice is generated and cannot be written")
                .doesNotContain("public.doubled");
    }

    /** Both grants are written in another way on each of them. */
    @Test
    void whatTheFixesGrantIsGrantedOnBoth() throws SQLException {
        for (PostgresServer server : List.of(old, young)) {
            String from = server == old ? "source_15" : "source_18";
            String to = server == old ? "target_15" : "target_18";
            String more = server == old ? "" : " WITH INHERIT FALSE";
            server.execute(
                    from,
                    "CREATE ROLE holder",
                    "CREATE ROLE mover LOGIN REPLICATION NOINHERIT PASSWORD '" + TestServers.PASSWORD + "'",
                    "GRANT holder TO mover" + more,
                    "GRANT CREATE ON DATABASE " + from + " TO mover",
                    "GRANT CREATE ON DATABASE " + to + " TO mover",
                    "GRANT pg_read_all_stats TO mover",
                    "GRANT SELECT ON item TO mover",
                    "ALTER TABLE item OWNER TO holder");
            server.execute(to, "GRANT CREATE ON SCHEMA public TO mover");
            String id = Api.created(body("rights-" + server.port(), server, from, server, to)
                    .replace("\"postgres\", \"password\"", "\"mover\", \"password\""));
            JsonPath precheck = Api.precheck(id);

            assertThat(found(precheck)).contains("source-owner", "target-triggers");
            server.execute(from, fix(precheck, "source-owner"));
            server.execute(to, fix(precheck, "target-triggers"));

            assertThat(found(Api.precheck(id))).doesNotContain("source-owner", "target-triggers");
            server.execute(from, "ALTER TABLE item OWNER TO postgres");
        }
    }

    private static String fix(JsonPath precheck, String key) {
        return precheck.getString("items.find { it.key == '" + key + "' }.fix");
    }

    private static String reason(JsonPath precheck, String key) {
        return precheck.getString("items.find { it.key == '" + key + "' }.reason");
    }

    @Test
    void aFilterThatTheTargetDoesNotTake() {
        String task = body("taken", young, "source_18", old, "target_15")
                .replace("\"table\": \"*\"", "\"table\": \"item\", \"filter\": \"lgamma(id) > 0\"");

        JsonPath precheck = Api.precheck(Api.created(task));

        assertThat(precheck.getString("items.find { it.key == 'filter-columns' }.reason"))
                .contains("The target", "lgamma");
    }

    @Test
    void theCatalogOfEachIsListed() {
        for (String[] pair : new String[][] {{"list-15", "15"}, {"list-18", "18"}}) {
            PostgresServer server = pair[1].equals("15") ? old : young;
            String id = task(pair[0], server, "source_" + pair[1], server, "target_" + pair[1]);
            JsonPath objects = Api.call()
                    .get("/api/v1/tasks/" + id + "/source/objects?kind=table")
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            assertThat(objects.getList("items.name", String.class)).containsExactly("item");
        }
    }

    private static PostgresServer.Builder server(int version) {
        return PostgresServer.builder().majorVersion(version).fsync(false).password(TestServers.PASSWORD);
    }

    private static JsonPath precheck(
            String name, PostgresServer source, String sourceDatabase, PostgresServer target, String targetDatabase) {
        return Api.precheck(task(name, source, sourceDatabase, target, targetDatabase));
    }

    private static String task(
            String name, PostgresServer source, String sourceDatabase, PostgresServer target, String targetDatabase) {
        return Api.created(body(name, source, sourceDatabase, target, targetDatabase));
    }

    private static String body(
            String name, PostgresServer source, String sourceDatabase, PostgresServer target, String targetDatabase) {
        return """
                {"name": "%s", "source": %s, "target": %s,
                 "objects": {"include": [{"schema": "public", "table": "*"}]}}
                """.formatted(Api.name(name), endpoint(source, sourceDatabase), endpoint(target, targetDatabase));
    }

    private static String endpoint(PostgresServer server, String database) {
        return Api.endpoint("127.0.0.1", server.port(), database, "postgres", TestServers.PASSWORD, "DISABLE");
    }
}
