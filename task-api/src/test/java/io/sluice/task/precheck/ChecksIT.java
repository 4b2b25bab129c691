package io.sluice.task.precheck;

import static io.sluice.task.precheck.Prechecks.GOOD_TABLE;
import static io.sluice.task.precheck.Prechecks.chosen;
import static io.sluice.task.precheck.Prechecks.columns;
import static io.sluice.task.precheck.Prechecks.found;
import static io.sluice.task.precheck.Prechecks.item;
import static io.sluice.task.precheck.Prechecks.precheck;
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
        String without = chosen(pair, columns("users", "\"exclude\": [\"mail\"]"), "");
        assertThat(item(precheck(without), "extensions"))
                .as("what is left out needs nothing")
                .containsEntry("result", "WARNING");
        Api.execute(pair.target(), missing.get("fix").toString());
        assertThat(found(precheck(task.replace("extension", "extended")))).isEmpty();
    }

    @Test
    void whatAPoorAccountMayNotDo() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE, "ALTER TABLE good ENABLE ROW LEVEL SECURITY");
        String user = pair.source().replace("source", "poor");
        Api.execute("postgres", "CREATE ROLE %s LOGIN REPLICATION PASSWORD '%s'".formatted(user, TestServers.PASSWORD));
        Api.execute(pair.source(), "GRANT SELECT ON good TO " + user);
        String task = pair.task(Api.name("poor"), ", \"mode\": \"FULL\"").replace("\"postgres\"", "\"" + user + "\"");

        JsonPath precheck = precheck(task);

        assertThat(item(precheck, "source-read"))
                .as("row security alone hides rows")
                .containsEntry("result", "FAILED")
                .extractingByKey("fix", as(STRING))
                .contains("BYPASSRLS");
        assertThat(item(precheck, "target-triggers"))
                .containsEntry("result", "WARNING")
                .extractingByKey("fix", as(STRING))
                .startsWith("GRANT SET ON PARAMETER session_replication_role TO \"" + user + "\"");
        assertThat(item(precheck, "time-zone"))
                .containsEntry("result", "PASSED")
                .extractingByKey("reason", as(STRING))
                .contains("could not be seen");
        Api.execute(
                pair.source(),
                item(precheck, "target-triggers").get("fix").toString(),
                item(precheck, "source-read").get("fix").toString());
        assertThat(found(precheck(task.replace("poor-", "rich-")))).doesNotContain("target-triggers", "source-read");
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
}
