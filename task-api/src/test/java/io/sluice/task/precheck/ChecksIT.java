package io.sluice.task.precheck;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

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

/** Each check finds what it is there for, on real servers; that all pass where nothing is wrong shows {@link PrecheckIT}. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ChecksIT {

    private static final String GOOD_TABLE = "CREATE TABLE good (id int PRIMARY KEY, v text)";

    @Test
    void settingsThatCutTheStreamShortAreConfirmedBeforeTheStart() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        Api.execute(
                "postgres",
                "ALTER DATABASE " + pair.source() + " SET wal_sender_timeout = '5s'",
                "ALTER DATABASE " + pair.source() + " SET logical_decoding_work_mem = '1MB'");
        String id = Api.created(pair.task(Api.name("settings")));

        JsonPath precheck = Api.precheck(id);

        assertThat(precheck.getString("state")).isEqualTo("WARNING");
        assertThat(found(precheck)).containsExactly("wal-sender-timeout", "decoding-memory");
        assertThat(item(precheck, "wal-sender-timeout").toString())
                .contains("5s", "ALTER SYSTEM SET wal_sender_timeout = '60s'");

        Api.confirm(id, List.of("wal-sender-timeout")).statusCode(202);
        Api.action(id, "start")
                .statusCode(409)
                .body("code", equalTo("PRECHECK_UNCONFIRMED"))
                .body("detail", containsString("{\"items\": [\"decoding-memory\"]}"))
                .body("violations.field", containsInAnyOrder("decoding-memory"));
        Api.task(id).then().body("state", equalTo("CONFIGURATION"));
        Api.confirm(id, List.of("decoding-memory")).statusCode(202).body("state", equalTo("WARNING"));

        JsonPath again = Api.precheck(id);
        assertThat(again.getList("items.findAll { it.confirmed }.key", String.class))
                .as("confirmations stay while the warnings say the same")
                .containsExactly("wal-sender-timeout", "decoding-memory");
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void aStartWithoutAPrecheckRunsOneAndAsksForConfirmation() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE images (id int PRIMARY KEY, image oid)");
        String id = Api.created(pair.task(Api.name("unread")));

        Api.action(id, "start").statusCode(409).body("violations.field", containsInAnyOrder("large-objects"));

        assertThat(item(Api.awaitPrecheck(id), "large-objects"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("public.images.image"));
        Api.confirm(id, List.of("large-objects")).statusCode(202);
        Api.execute(pair.source(), "CREATE TABLE keyless (v text)");
        Api.action(id, "start").statusCode(422);
        Api.execute(pair.source(), "DROP TABLE keyless");
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void aSourceThatIsNotSetUpForReplication() throws SQLException {
        Pair pair = Api.pair();
        String poor =
                Api.endpoint("127.0.0.1", Api.poorPort(), "postgres", "postgres", TestServers.PASSWORD, "DISABLE");

        JsonPath precheck = precheck(pair.task(Api.name("poor")).replace(Api.endpoint(pair.source()), poor));

        assertThat(found(precheck))
                .containsExactly("wal-level", "free-slot", "free-sender", "slot-retention", "old-transactions");
        assertThat(item(precheck, "slot-retention")).containsEntry("result", "WARNING");
        assertThat(item(precheck, "old-transactions"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("forgotten"))
                .containsEntry("fix", "ROLLBACK PREPARED 'forgotten';");
    }

    @Test
    void aLoadAloneAsksForNoReplication() throws SQLException {
        Pair pair = Api.pair();
        String poor =
                Api.endpoint("127.0.0.1", Api.poorPort(), "postgres", "postgres", TestServers.PASSWORD, "DISABLE");

        JsonPath precheck = precheck(
                pair.task(Api.name("load"), ", \"mode\": \"FULL\"").replace(Api.endpoint(pair.source()), poor));

        assertThat(found(precheck)).isEmpty();
    }

    @Test
    void tables() throws SQLException {
        Pair pair = Api.pair(
                GOOD_TABLE,
                "CREATE TABLE keyless (v text)",
                "CREATE TABLE nothing (id int PRIMARY KEY)",
                "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                "CREATE TABLE dropped (id int PRIMARY KEY, n int NOT NULL UNIQUE)",
                "ALTER TABLE dropped REPLICA IDENTITY USING INDEX dropped_n_key",
                "ALTER TABLE dropped DROP CONSTRAINT dropped_n_key",
                "CREATE TABLE later (id int PRIMARY KEY DEFERRABLE)",
                "CREATE TABLE swaps (id int PRIMARY KEY, n int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
                "CREATE TABLE made (n int, id int GENERATED ALWAYS AS (n + 1) STORED PRIMARY KEY)",
                "CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY)",
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE part PARTITION OF parted DEFAULT",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "CREATE TABLE cases (id int PRIMARY KEY, \"ID\" int)",
                "CREATE TABLE \"Good\" (id int PRIMARY KEY)");

        JsonPath precheck = precheck(pair.task(Api.name("tables")));

        names(precheck, "table-keys", "public.keyless");
        names(precheck, "replica-identity", "public.dropped", "public.nothing");
        names(precheck, "deferrable-keys", "public.later", "public.swaps");
        names(precheck, "generated-keys", "public.made");
        names(precheck, "unlogged-tables", "public.unlogged");
        names(precheck, "partitioned-tables", "public.parted");
        names(precheck, "partitions", "public.part");
        names(precheck, "inherited-tables", "public.child", "public.parent");
        names(precheck, "column-case", "public.cases");
        names(precheck, "target-names", "public.Good", "public.good");
        assertThat(item(precheck, "replica-identity").get("fix").toString())
                .contains("ALTER TABLE \"public\".\"dropped\" REPLICA IDENTITY DEFAULT;");
    }

    private static void names(JsonPath precheck, String key, String... tables) {
        assertThat(item(precheck, key)).as(key).containsEntry("result", "FAILED");
        assertThat(precheck.getList("items.find { it.key == '" + key + "' }.objects", String.class))
                .as(key)
                .containsExactlyInAnyOrder(tables);
    }

    @Test
    void whatChosenTablesDependOn() throws SQLException {
        Pair pair = Api.pair(
                "CREATE SCHEMA other",
                "CREATE TABLE other.customer (id int PRIMARY KEY)",
                "CREATE FUNCTION other.next_number() RETURNS int LANGUAGE sql RETURN 7",
                "CREATE FUNCTION machine() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql',"
                        + " 'plpgsql_call_handler'",
                "CREATE TABLE orders (id int PRIMARY KEY DEFAULT other.next_number(),"
                        + " customer int REFERENCES other.customer)");
        String task = pair.task(Api.name("depends"));

        JsonPath precheck = precheck(task);

        assertThat(found(precheck)).containsExactly("dependencies", "functions");
        assertThat(item(precheck, "dependencies"))
                .containsEntry("objects", List.of("other.customer"))
                .containsEntry("fix", "{\"schema\":\"other\",\"table\":\"customer\"}");
        String function = item(precheck, "functions").get("fix").toString();
        assertThat(function).contains("CREATE OR REPLACE FUNCTION other.next_number()");

        Api.execute(pair.target(), "CREATE SCHEMA other", function, "CREATE TABLE other.customer (id int PRIMARY KEY)");
        JsonPath again = precheck(task.replace("depends", "again"));
        assertThat(found(again)).containsExactly("functions");
        assertThat(item(again, "functions"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("public.machine()"));
    }

    @Test
    void extensions() throws SQLException {
        Pair pair = Api.pair(
                "CREATE EXTENSION citext SCHEMA public",
                "CREATE EXTENSION hstore SCHEMA public",
                "CREATE DOMAIN mail AS public.citext",
                "CREATE TABLE users (id int PRIMARY KEY, mail mail)");
        String task = pair.task(Api.name("extension"));

        Map<String, Object> missing = item(precheck(task), "extensions");

        assertThat(missing).containsEntry("result", "FAILED").containsEntry("objects", List.of("citext", "hstore"));
        assertThat(missing.get("reason").toString())
                .contains("citext, without which public.users cannot be made", "hstore of the source. No chosen table");
        Api.execute(pair.target(), missing.get("fix").toString());
        assertThat(found(precheck(task.replace("extension", "extended")))).isEmpty();
    }

    @Test
    void settingsOfTheTarget() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        Api.execute(
                "postgres",
                "DROP DATABASE " + pair.target(),
                "CREATE DATABASE " + pair.target()
                        + " ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0 CONNECTION LIMIT 5",
                "ALTER DATABASE " + pair.target() + " SET timezone = 'Asia/Tokyo'",
                "ALTER DATABASE " + pair.target() + " SET lc_monetary = 'POSIX'",
                "ALTER DATABASE " + pair.target() + " SET default_transaction_read_only = on");

        JsonPath precheck = precheck(pair.task(Api.name("target")));

        assertThat(found(precheck))
                .containsExactly("target-writable", "encoding", "time-zone", "money-format", "target-sessions");
        assertThat(item(precheck, "encoding")).containsEntry("result", "FAILED");
        assertThat(item(precheck, "encoding").toString()).contains("UTF8", "LATIN1");
        assertThat(item(precheck, "time-zone"))
                .containsEntry("result", "WARNING")
                .extractingByKey("fix", as(STRING))
                .startsWith("ALTER DATABASE \"" + pair.target() + "\" SET TimeZone = '");
        assertThat(item(precheck, "money-format")).containsEntry("result", "WARNING");
        assertThat(item(precheck, "target-sessions").toString()).contains("5 are free", "takes up to 7");
    }

    private static JsonPath precheck(String task) {
        return Api.precheck(Api.created(task));
    }

    private static List<String> found(JsonPath precheck) {
        return precheck.getList("items.findAll { it.result != 'PASSED' }.key", String.class);
    }

    private static Map<String, Object> item(JsonPath precheck, String key) {
        List<Map<String, Object>> items = precheck.getList("items");
        return items.stream()
                .filter(item -> key.equals(item.get("key")))
                .findFirst()
                .orElseThrow();
    }
}
