package io.sluice.task.precheck;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a check finds is gone once its fix was run as it is printed. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class FixesIT {

    private static final String ALL = "\"INSERT\", \"UPDATE\", \"DELETE\", \"TRUNCATE\"";

    @Test
    void aUserWithoutRightsHasThemOnceTheFixesWereRun() throws SQLException {
        Pair pair = Api.pair("CREATE SCHEMA shop", "CREATE TABLE shop.item (id int PRIMARY KEY, v text)");
        String user = user(pair, "");
        String task = pair.task(Api.name("rights"), ", \"changes\": {\"operations\": [" + ALL + "]}")
                .replace("\"postgres\"", "\"" + user + "\"")
                .replace("\"schema\": \"public\"", "\"schema\": \"shop\"");
        String id = Api.created(task);

        List<Map<String, Object>> missing = failed(Api.precheck(id));

        assertThat(missing)
                .extracting(item -> item.get("key"))
                .containsExactlyInAnyOrder("source-replication", "source-read", "source-owner", "target-create");
        for (Map<String, Object> item : missing) {
            String database = item.get("key").toString().startsWith("source") ? pair.source() : pair.target();
            Api.execute(database, item.get("fix").toString());
        }
        assertThat(failed(Api.precheck(id))).isEmpty();
    }

    @Test
    void sequencesThatGoOverMayBeRead() throws SQLException {
        Pair pair = Api.pair(
                "CREATE SCHEMA shop",
                "CREATE SCHEMA numbers",
                "CREATE SEQUENCE numbers.receipt",
                "CREATE SEQUENCE numbers.unused",
                "CREATE SEQUENCE shop.invoice",
                "CREATE TABLE shop.item (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, n serial,"
                        + " receipt bigint DEFAULT nextval('numbers.receipt'))",
                "CREATE TABLE shop.hidden (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY)");
        String user = user(pair, "");
        Api.execute(pair.source(), "GRANT USAGE ON SCHEMA shop TO " + user, "GRANT SELECT ON shop.item TO " + user);
        String id = Api.created(pair.task(Api.name("numbers"), ", \"mode\": \"FULL\"")
                .replaceFirst("\"postgres\"", "\"" + user + "\"")
                .replace(
                        "{\"schema\": \"public\", \"table\": \"*\"}]",
                        "{\"schema\": \"shop\", \"table\": \"*\"}],"
                                + " \"exclude\": [{\"schema\": \"shop\", \"table\": \"hidden\"}]"));

        List<Map<String, Object>> missing = failed(Api.precheck(id));

        assertThat(missing).extracting(item -> item.get("key")).containsExactly("source-read");
        assertThat(missing.getFirst().get("objects"))
                .isEqualTo(List.of("numbers.receipt", "shop.invoice", "shop.item_id_seq", "shop.item_n_seq"));
        Api.execute(pair.source(), missing.getFirst().get("fix").toString());
        assertThat(failed(Api.precheck(id))).isEmpty();
    }

    @Test
    void partitionsMayBeReadByTheirOwnNames() throws SQLException {
        Pair pair = Api.pair(
                "CREATE SCHEMA shop",
                "CREATE SCHEMA parts",
                "CREATE TABLE shop.item (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE parts.low PARTITION OF shop.item FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
                "CREATE TABLE parts.lowest PARTITION OF parts.low FOR VALUES FROM (0) TO (5)",
                "CREATE UNLOGGED TABLE parts.lower PARTITION OF parts.low DEFAULT",
                "CREATE TABLE shop.rest PARTITION OF shop.item DEFAULT",
                "ALTER TABLE shop.rest ENABLE ROW LEVEL SECURITY");
        String user = user(pair, "");
        Api.execute(
                pair.source(),
                "GRANT USAGE ON SCHEMA shop TO " + user,
                "GRANT SELECT ON shop.item, shop.rest TO " + user);
        String id = Api.created(pair.task(Api.name("parts"), ", \"mode\": \"FULL\"")
                .replaceFirst("\"postgres\"", "\"" + user + "\"")
                .replace("\"public\", \"table\": \"*\"", "\"shop\", \"table\": \"item\""));

        List<Map<String, Object>> missing = failed(Api.precheck(id));

        assertThat(missing).extracting(item -> item.get("key")).containsExactly("source-read");
        assertThat(missing.getFirst().get("objects")).isEqualTo(List.of("parts.lower", "parts.lowest", "shop.rest"));
        Api.execute(pair.source(), missing.getFirst().get("fix").toString());
        assertThat(failed(Api.precheck(id))).isEmpty();
    }

    @Test
    void ddlIsCarriedOverByWhomItIsGranted() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE item (id int PRIMARY KEY)");
        String user = user(pair, "REPLICATION");
        Api.execute(
                pair.source(),
                "ALTER TABLE item OWNER TO " + user,
                "GRANT CREATE ON DATABASE " + pair.source() + " TO " + user);
        String id = Api.created(pair.task(Api.name("ddl"), ", \"changes\": {\"operations\": [" + ALL + ", \"DDL\"]}")
                .replaceFirst("\"postgres\"", "\"" + user + "\""));

        List<Map<String, Object>> missing = failed(Api.precheck(id));

        assertThat(missing).extracting(item -> item.get("key")).containsExactly("ddl-capture");
        Api.execute(pair.source(), missing.getFirst().get("fix").toString());
        assertThat(failed(Api.precheck(id))).isEmpty();
    }

    @Test
    void typesThatAreNotMadeMustBeThere() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                "CREATE DOMAIN percent AS int CHECK (VALUE < 101)",
                "CREATE TYPE pair AS (a int, b mood)",
                "CREATE TABLE item (id int PRIMARY KEY, moods mood[], done percent, p pair)");
        String task = pair.task(Api.name("typed"));
        assertThat(failed(Api.precheck(Api.created(task))))
                .as("types are made with the tables")
                .isEmpty();
        String tables = task.replace("typed", "tables")
                .replaceFirst("\\{", "{\"structure\": {\"kinds\": [\"SCHEMA\", \"TABLE\"]}, ");
        String id = Api.created(tables);

        JsonPath precheck = Api.precheck(id);

        assertThat(failed(precheck)).extracting(item -> item.get("key")).containsExactly("functions");
        assertThat(precheck.getString("items.find { it.key == 'functions' }.reason"))
                .contains("the type public.mood", "the type public.percent", "the type public.pair", "have TYPE");
        Api.execute(
                pair.target(),
                "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                "CREATE DOMAIN percent AS int CHECK (VALUE < 101)",
                "CREATE TYPE pair AS (a int, b mood)");
        assertThat(failed(Api.precheck(id))).isEmpty();
    }

    @Test
    void viewsThatReadWhatIsNotChosenAreNamed() throws SQLException {
        Pair pair = Api.pair(
                "CREATE SCHEMA other",
                "CREATE TABLE other.customer (id int PRIMARY KEY)",
                "CREATE VIEW other.customers AS SELECT * FROM other.customer",
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE part PARTITION OF parted DEFAULT",
                "CREATE VIEW items AS SELECT i.id FROM item i JOIN part USING (id)",
                "CREATE MATERIALIZED VIEW bought AS SELECT i.id FROM items i JOIN other.customers USING (id)");
        String task = pair.task(Api.name("views"));
        String id = Api.created(task);

        JsonPath precheck = Api.precheck(id);

        assertThat(precheck.<String, Object>getMap("items.find { it.key == 'views' }"))
                .containsEntry("result", "FAILED")
                .containsEntry("objects", List.of("public.bought"))
                .containsEntry("fix", "{\"schema\":\"other\",\"table\":\"customer\"}");
        String chosen = task.replace("views-", "chosen-")
                .replace(
                        "{\"schema\": \"public\", \"table\": \"*\"}",
                        "{\"schema\": \"public\", \"table\": \"*\"}, {\"schema\":\"other\",\"table\":\"customer\"}");
        assertThat(Api.precheck(Api.created(chosen)).getString("items.find { it.key == 'views' }.result"))
                .isEqualTo("PASSED");
        String excluded = task.replace("views-", "excluded-")
                .replace("\"*\"}]", "\"*\"}], \"exclude\": [{\"schema\": \"public\", \"table\": \"bou*\"}]");
        assertThat(Api.precheck(Api.created(excluded)).getString("items.find { it.key == 'views' }.result"))
                .isEqualTo("PASSED");
        Api.execute(pair.target(), "CREATE SCHEMA other", "CREATE TABLE other.customer (id int PRIMARY KEY)");
        assertThat(Api.precheck(id).getString("items.find { it.key == 'views' }.result"))
                .isEqualTo("PASSED");
    }

    /** A new role with the password of the tests. */
    private static String user(Pair pair, String attributes) throws SQLException {
        String user = pair.source().replace("source", "user");
        Api.execute(
                "postgres", "CREATE ROLE %s LOGIN %s PASSWORD '%s'".formatted(user, attributes, TestServers.PASSWORD));
        return user;
    }

    private static List<Map<String, Object>> failed(JsonPath precheck) {
        return precheck.getList("items.findAll { it.result == 'FAILED' }");
    }
}
