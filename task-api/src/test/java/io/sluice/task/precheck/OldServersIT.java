package io.sluice.task.precheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.sluice.localstack.PostgresServer;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The oldest source, which is too old to be a target; and a standby. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class OldServersIT {

    private static PostgresServer ancient;
    private static PostgresServer standby;

    @BeforeAll
    static void startServers() {
        ancient = PostgresServer.builder()
                .majorVersion(10)
                .fsync(false)
                .password(TestServers.PASSWORD)
                .setting("max_replication_slots", "2")
                .build()
                .start();
        ancient.execute("postgres", "CREATE DATABASE shop", "CREATE DATABASE empty", "CREATE DATABASE parted");
        ancient.execute("shop", "CREATE TABLE item (id int PRIMARY KEY, n int)", "CREATE UNIQUE INDEX ON item (n)");
        standby = PostgresServer.builder()
                .fsync(false)
                .password(TestServers.PASSWORD)
                .build()
                .start();
        standby.execute("postgres", "CREATE DATABASE shop");
        standby.execute("shop", "CREATE TABLE item (id int PRIMARY KEY)");
        standby.stop();
        standby.standBy();
        standby.start();
    }

    @AfterAll
    static void stopServers() {
        standby.close();
        ancient.close();
    }

    @Test
    void fromTheOldestSourceComesWhatItCanGive() throws SQLException {
        Pair pair = Api.pair();
        String source = endpoint(ancient, "shop");
        String target = Api.endpoint(pair.target());
        for (String mode : List.of("FULL", "FULL_AND_INCREMENTAL")) {
            JsonPath precheck = precheck(pair, mode, source, target);

            assertThat(failed(precheck)).as(mode).isEmpty();
            assertThat(result(precheck, "source-version")).isEqualTo(mode.equals("FULL") ? "PASSED" : "WARNING");
        }

        JsonPath commands = Api.precheck(Api.created(pair.task(
                        Api.name("old"),
                        ", \"changes\": {\"operations\": [\"INSERT\", \"UPDATE\", \"DELETE\", \"DDL\"]}")
                .replace(Api.endpoint(pair.source()), source)));
        assertThat(failed(commands)).containsExactly("ddl-capture");
        assertThat(reason(commands, "ddl-capture")).contains("PostgreSQL 10", "14 or newer");

        // It cannot move a slot on, so none is made to help.
        ancient.execute("postgres", "SELECT pg_create_physical_replication_slot('taken')");
        assertThat(result(precheck(pair, "FULL_AND_INCREMENTAL", source, target), "free-slot"))
                .isEqualTo("PASSED");
        ancient.execute("postgres", "SELECT pg_create_physical_replication_slot('last')");
        JsonPath full = precheck(pair, "FULL_AND_INCREMENTAL", source, target);
        assertThat(reason(full, "free-slot")).contains("All 2 replication slots");
        ancient.execute("postgres", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");

        ancient.execute("parted", "CREATE TABLE parted (id int NOT NULL) PARTITION BY RANGE (id)");
        String parted = endpoint(ancient, "parted");
        assertThat(result(precheck(pair, "FULL", parted, target), "partitioned-tables"))
                .isEqualTo("WARNING");
        JsonPath partitioned = precheck(pair, "FULL_AND_INCREMENTAL", parted, target);
        assertThat(failed(partitioned)).contains("partitioned-tables");
        assertThat(reason(partitioned, "partitioned-tables")).contains("PostgreSQL 10", "public.parted");
    }

    /** Nothing newer is needed to read tables. */
    @Test
    void fromAnEvenOlderOneTablesAreLoaded() throws SQLException {
        try (PostgresServer older = PostgresServer.builder()
                .majorVersion(9)
                .fsync(false)
                .password(TestServers.PASSWORD)
                .build()
                .start()) {
            older.execute("postgres", "CREATE DATABASE shop");
            older.execute(
                    "shop",
                    "CREATE SCHEMA other",
                    "CREATE TABLE other.customer (id int PRIMARY KEY)",
                    "CREATE TABLE base (id serial PRIMARY KEY, n numeric(5, 2) DEFAULT 1)",
                    "CREATE TABLE more (t text) INHERITS (base)",
                    "CREATE TABLE item (id int PRIMARY KEY, customer int REFERENCES other.customer)",
                    "CREATE VIEW items AS SELECT i.id FROM item i JOIN other.customer c ON c.id = i.customer");
            Pair pair = Api.pair();
            String source = endpoint(older, "shop");
            String target = Api.endpoint(pair.target());
            JsonPath load = precheck(pair, "FULL", source, target);
            assertThat(failed(load)).containsExactly("dependencies", "views");
            older.execute("shop", "DROP VIEW items", "ALTER TABLE item DROP CONSTRAINT item_customer_fkey");
            assertThat(failed(precheck(pair, "FULL", source, target))).isEmpty();

            for (String mode : List.of("FULL_AND_INCREMENTAL", "INCREMENTAL")) {
                JsonPath streaming = precheck(pair, mode, source, target);
                assertThat(failed(streaming)).contains("source-version");
                assertThat(reason(streaming, "source-version")).contains("9.6", "mode FULL");
            }
            String id = Api.created(pair.task(Api.name("browsed")).replace(Api.endpoint(pair.source()), source));
            for (String path : List.of("objects", "distribution", "objects/public.item/dependencies")) {
                Api.call().get("/api/v1/tasks/" + id + "/source/" + path).then().statusCode(200);
            }
        }
    }

    /** PostgreSQL 10 cannot copy a slot, and a task that begins at one begins at a copy of it. */
    @Test
    void anOldSourceCannotBeTakenOverFromAnotherSlot() throws SQLException {
        Pair pair = Api.pair();
        Api.execute(pair.target(), "CREATE TABLE item (id int PRIMARY KEY, n int)");
        String spec = pair.task(
                        Api.name("old"),
                        ", \"mode\": \"INCREMENTAL\", \"incremental\":"
                                + " {\"from\": {\"slot\": \"another\", \"publication\": \"all\"}}")
                .replace(Api.endpoint(pair.source()), endpoint(ancient, "shop"));
        String id = Api.created(spec);

        JsonPath precheck = Api.precheck(id);
        assertThat(failed(precheck)).contains("source-version");
        assertThat(reason(precheck, "source-version")).contains("PostgreSQL 10", "incremental.from needs 12 or newer");
        Api.action(id, "start")
                .statusCode(422)
                .body("violations.code", hasItem("SOURCE_VERSION_UNSUPPORTED"))
                .body("violations.field", hasItem("incremental.from"));
        assertThat(Api.state(id)).isEqualTo("CONFIGURATION");

        String here = spec.replace(endpoint(ancient, "shop"), Api.endpoint(pair.source()))
                .replace("\"old-", "\"new-");
        assertThat(result(Api.precheck(Api.created(here)), "source-version")).isEqualTo("PASSED");
    }

    @Test
    void anOldTargetIsRefusedAndItsMissingTypesAreNamed() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE spans (id int PRIMARY KEY, free int4multirange, note text)");
        JsonPath precheck = precheck(pair, "FULL", Api.endpoint(pair.source()), endpoint(ancient, "empty"));

        assertThat(failed(precheck)).containsExactly("target-version", "column-types");
        assertThat(reason(precheck, "target-version")).contains("PostgreSQL 10", "12 or newer");
        assertThat(reason(precheck, "column-types")).contains("int4multirange of public.spans.free");
        assertThat(result(precheck, "version-order")).isEqualTo("WARNING");
    }

    @Test
    void aTargetThatIsNotWhatTheTaskSaysIsRefused() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        for (String dialect : List.of("opengauss", "gaussdb-distributed", "citus")) {
            JsonPath precheck = precheck(
                    pair,
                    "FULL",
                    Api.endpoint(pair.source()),
                    Api.endpoint(pair.target()).replaceFirst("\\{", "{\"dialect\": \"" + dialect + "\", "));

            assertThat(failed(precheck)).containsExactly("target-version");
            assertThat(reason(precheck, "target-version")).contains("target.dialect");
        }
    }

    @Test
    void aStandbyIsNoSourceOfChangesAndOfALoadOnlyWithFeedback() throws SQLException {
        Pair pair = Api.pair();
        String source = endpoint(standby, "shop");
        String target = Api.endpoint(pair.target());

        JsonPath streaming = precheck(pair, "FULL_AND_INCREMENTAL", source, target);
        assertThat(failed(streaming)).contains("standby");
        assertThat(reason(streaming, "standby")).contains("address of its primary", "mode FULL");

        JsonPath load = precheck(pair, "FULL", source, target);
        assertThat(failed(load)).containsExactly("standby");
        assertThat(load.getString("items.find { it.key == 'standby' }.fix")).contains("hot_standby_feedback");

        standby.stop();
        standby.configure("hot_standby_feedback", "on");
        standby.start();
        assertThat(failed(precheck(pair, "FULL", source, target))).isEmpty();
        assertThat(failed(precheck(pair, "FULL", Api.endpoint(pair.source()), source)))
                .as("as a target")
                .contains("target-writable");
    }

    private static JsonPath precheck(Pair pair, String mode, String source, String target) {
        return Api.precheck(Api.created(pair.task(Api.name("old"), ", \"mode\": \"" + mode + "\"")
                .replace(Api.endpoint(pair.source()), source)
                .replace(Api.endpoint(pair.target()), target)));
    }

    private static String endpoint(PostgresServer server, String database) {
        return Api.endpoint("127.0.0.1", server.port(), database, "postgres", TestServers.PASSWORD, "DISABLE");
    }

    private static List<String> failed(JsonPath precheck) {
        return precheck.getList("items.findAll { it.result == 'FAILED' }.key", String.class);
    }

    private static String reason(JsonPath precheck, String key) {
        return precheck.getString("items.find { it.key == '" + key + "' }.reason");
    }

    private static String result(JsonPath precheck, String key) {
        return precheck.getString("items.find { it.key == '" + key + "' }.result");
    }
}
