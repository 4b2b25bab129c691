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
                "ALTER TABLE part REPLICA IDENTITY NOTHING",
                "CREATE TABLE bare (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE bare_part PARTITION OF bare DEFAULT",
                "CREATE TABLE mixed (id int PRIMARY KEY, n int NOT NULL) PARTITION BY RANGE (id)",
                "CREATE TABLE mixed_part PARTITION OF mixed DEFAULT",
                "CREATE UNIQUE INDEX mixed_n ON mixed_part (n)",
                "ALTER TABLE mixed_part REPLICA IDENTITY USING INDEX mixed_n",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "CREATE TABLE orphan () INHERITS (parent)",
                "CREATE TABLE cases (id int PRIMARY KEY, \"ID\" int)",
                "CREATE TABLE \"Good\" (id int PRIMARY KEY)");

        JsonPath precheck = precheck(pair.task(Api.name("tables")));

        // PostgreSQL would refuse the source's own updates of each of these, once it is published.
        names(precheck, "FAILED", "table-keys", "public.keyless", "public.orphan", "public.bare", "public.bare_part");
        names(
                precheck,
                "FAILED",
                "replica-identity",
                "public.dropped",
                "public.nothing",
                "public.part",
                "public.mixed_part");
        names(precheck, "FAILED", "deferrable-keys", "public.later", "public.swaps");
        names(precheck, "generated-keys", "public.made");
        names(precheck, "WARNING", "unlogged-tables", "public.unlogged");
        names(precheck, "WARNING", "partitioned-tables", "public.parted", "public.bare", "public.mixed");
        // The partition goes with its table.
        assertThat(item(precheck, "partitions")).containsEntry("result", "PASSED");
        names(precheck, "WARNING", "inherited-tables", "public.child", "public.orphan", "public.parent");
        names(precheck, "column-case", "public.cases");
        names(precheck, "FAILED", "target-names", "public.Good", "public.good");
        assertThat(item(precheck, "replica-identity").get("fix").toString())
                .contains("ALTER TABLE \"public\".\"dropped\" REPLICA IDENTITY DEFAULT;");
    }

    private static void names(JsonPath precheck, String key, String table) {
        names(precheck, "FAILED", key, table);
    }

    private static void names(JsonPath precheck, String result, String key, String... tables) {
        assertThat(item(precheck, key)).as(key).containsEntry("result", result);
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
        assertThat(item(precheck, "functions")).containsEntry("result", "WARNING");

        JsonPath tablesAlone = precheck(task.replace("depends", "alone")
                .replaceFirst("\\{", "{\"structure\": {\"kinds\": [\"SCHEMA\", \"TABLE\"]}, "));
        assertThat(item(tablesAlone, "functions").get("fix").toString())
                .contains("CREATE OR REPLACE FUNCTION other.next_number()");

        assertThat(item(tablesAlone, "dependencies"))
                .as("without foreign keys nothing depends")
                .containsEntry("result", "PASSED");

        Api.execute(pair.target(), "CREATE SCHEMA other", "CREATE TABLE other.customer (id int PRIMARY KEY)");
        JsonPath again = precheck(task.replace("depends", "again"));
        assertThat(found(again)).containsExactly("functions");
        assertThat(item(again, "functions"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("public.machine()"));
    }

    @Test
    void aPartitionThatIsChosenAloneNeedsNoOther() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE part PARTITION OF parted DEFAULT",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)");

        JsonPath precheck = precheck(chosen(pair, include("part", "id > 0") + include("child", "id > 0"), ""));

        names(precheck, "WARNING", "partitions", "public.part");
        names(precheck, "FAILED", "dependencies", "public.parent");
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

    @Test
    void changesAloneNeedTablesThatAreThere() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE, "CREATE TABLE other (id int PRIMARY KEY)");
        Api.execute(pair.target(), "CREATE TABLE good (id int PRIMARY KEY, v int)");
        String task = pair.task(Api.name("changes"), ", \"mode\": \"INCREMENTAL\"");

        Map<String, Object> tables = item(precheck(task), "target-tables");

        assertThat(tables)
                .containsEntry("result", "FAILED")
                .extractingByKey("reason", as(STRING))
                .contains("lacks these tables", "public.other", "v is integer instead of text");
        Api.execute(pair.target(), "CREATE TABLE other (id int PRIMARY KEY)", "ALTER TABLE good ALTER v TYPE text");
        String id = Api.created(task.replace("changes", "changed"));
        assertThat(found(Api.precheck(id))).isEmpty();
        Api.action(id, "start").statusCode(202);
        Api.call()
                .get("/api/v1/tasks/" + id + "/progress")
                .then()
                .body("phases.name", equalTo(List.of("INCREMENTAL")))
                .body("percent", equalTo(100));
    }

    @Test
    void foreignTables() throws SQLException {
        Pair pair = Api.pair(
                GOOD_TABLE,
                "CREATE EXTENSION postgres_fdw",
                "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw",
                "CREATE FOREIGN TABLE far (id int) SERVER elsewhere");

        JsonPath precheck = precheck(pair.task(Api.name("foreign")));

        assertThat(item(precheck, "foreign-tables").get("objects")).isEqualTo(List.of("public.far"));
        assertThat(item(precheck, "foreign-tables").get("result")).isNotEqualTo("PASSED");
    }

    @Test
    void aFilterNeedsNoMoreThanChangesShow() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE amounts (id int PRIMARY KEY, amount numeric, note text)",
                "CREATE TABLE shown (id int PRIMARY KEY, amount numeric)",
                "ALTER TABLE shown REPLICA IDENTITY FULL",
                "CREATE TABLE keyed (id int PRIMARY KEY, amount numeric)",
                "CREATE TABLE rows (id int PRIMARY KEY, amount numeric)",
                "CREATE TABLE hidden (id int PRIMARY KEY, amount numeric)",
                "CREATE TABLE full_name (id int PRIMARY KEY)");
        String include = include("amounts", "amount > 10 AND note ~ '^a{2}' AND id > 0")
                + include("shown", "amount > 10")
                + include("keyed", "keyed.id % 2 = 0")
                + include("rows", "rows IS NOT NULL")
                + include("hidden", "ctid > '(0,0)'")
                + include("full_name", "public.full_name.id > 1");
        String task = chosen(pair, include, "");

        JsonPath precheck = precheck(task);

        assertThat(found(precheck)).containsExactly("filter-columns");
        Map<String, Object> filter = item(precheck, "filter-columns");
        assertThat(filter.get("reason").toString())
                .contains(
                        "public.amounts uses amount, note, which changes do not show",
                        "public.rows uses id, amount",
                        "public.hidden uses system columns",
                        "public.full_name names columns with their schema")
                .doesNotContain("public.shown", "public.keyed");
        assertThat(filter.get("fix").toString()).contains("ALTER TABLE \"public\".\"amounts\" REPLICA IDENTITY FULL;");
        assertThat(found(precheck(chosen(pair, include, ", \"mode\": \"FULL\""))))
                .as("a load looks at whole rows")
                .isEmpty();
        Api.execute(pair.source(), "ALTER TABLE amounts REPLICA IDENTITY FULL");
        Api.execute(
                pair.source(),
                "CREATE TABLE made (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED)",
                "CREATE TABLE whole (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
                "ALTER TABLE whole REPLICA IDENTITY FULL",
                "CREATE TABLE whole_part PARTITION OF whole DEFAULT");
        String more = include("made", "twice > 2") + include("whole", "n > 2");
        assertThat(item(precheck(chosen(pair, more, "")), "filter-columns")
                        .get("reason")
                        .toString())
                .contains("public.made uses twice", "public.whole uses n, which changes do not show");
        assertThat(item(precheck(chosen(pair, more, ", \"changes\": {\"operations\": [\"INSERT\"]}")), "filter-columns")
                        .get("reason")
                        .toString())
                .contains("public.made uses twice, which no change carries")
                .doesNotContain("public.whole");
        String mended = chosen(pair, include("amounts", "amount > 10 AND note ~ '^a{2}' AND id > 0"), "");
        assertThat(found(precheck(mended))).isEmpty();
    }

    @Test
    void aDistributionColumnIsInEveryKeyAndCanBeHashed() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE fits (id int PRIMARY KEY, region varchar(9) NOT NULL, UNIQUE (id, region))",
                "CREATE TABLE unlike (id int PRIMARY KEY, region int NOT NULL, code int UNIQUE)",
                "CREATE TABLE shapes (id point NOT NULL, n int)",
                "ALTER TABLE shapes REPLICA IDENTITY FULL",
                "CREATE TABLE wide (id int, region int, PRIMARY KEY (id, region))",
                "CREATE TABLE copies (id int PRIMARY KEY)");
        String include = distributed("fits", "HASH", "\"id\"")
                + distributed("unlike", "HASH", "\"region\"")
                + distributed("shapes", "HASH", "\"id\"")
                + distributed("wide", "HASH", "\"id\", \"none\"")
                + distributed("copies", "REPLICATION", "");
        String full = ", \"mode\": \"FULL\"";
        String citus = chosen(pair, include, full).replace("\"target\": {", "\"target\": {\"dialect\": \"citus\", ");

        String reason = item(precheck(citus), "distribution-keys").get("reason").toString();

        assertThat(reason)
                .contains(
                        "public.unlike cannot be distributed as chosen: these keys do not hold it: unlike_pkey (id),"
                                + " unlike_code_key (code)",
                        "public.shapes cannot be distributed as chosen: rows cannot be spread by the type of id",
                        "public.wide cannot be distributed as chosen: it has no column none",
                        "In all of its keys are: id, region.")
                .doesNotContain("public.fits", "public.copies");
        String gauss = item(
                        precheck(citus.replace("chosen-", "gauss-").replace("citus", "gaussdb-distributed")),
                        "distribution-keys")
                .get("reason")
                .toString();
        assertThat(gauss).contains("public.unlike", "public.shapes").doesNotContain("public.fits");
        JsonPath plain = precheck(chosen(pair, include, full));
        assertThat(item(plain, "distribution-keys")).containsEntry("result", "WARNING");
    }

    @Test
    void columnsThatAreLeftOutOrRenamed() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE good (id int PRIMARY KEY, a int, b int)",
                "CREATE TABLE keyless (id int PRIMARY KEY, a int)",
                "CREATE TABLE typo (id int PRIMARY KEY, a int)",
                "CREATE TABLE clash (id int PRIMARY KEY, a int, b int)");
        String include = columns("good", "\"exclude\": [\"b\"], \"rename\": {\"a\": \"x\"}")
                + columns("keyless", "\"exclude\": [\"id\"]")
                + columns("typo", "\"exclude\": [\"A\"]")
                + columns("clash", "\"rename\": {\"a\": \"b\"}");

        JsonPath precheck = precheck(chosen(pair, include, ""));

        assertThat(found(precheck)).containsExactly("columns", "target-names");
        assertThat(item(precheck, "columns").get("reason").toString())
                .contains("id of public.keyless is left out", "public.typo has no column A")
                .doesNotContain("good");
        assertThat(item(precheck, "target-names").get("reason").toString())
                .contains("a, b of public.clash all become the column b");
    }

    @Test
    void tablesThatAreKeptOrEmptied() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE good (id int PRIMARY KEY, v text, gone int)",
                "CREATE TABLE narrow (id int PRIMARY KEY, v text)",
                "CREATE TABLE rekeyed (id int PRIMARY KEY, v text)",
                "CREATE TABLE viewed (id int PRIMARY KEY)",
                "CREATE TABLE lost (id int PRIMARY KEY)",
                "CREATE TABLE absent (id int PRIMARY KEY)");
        Api.execute(
                pair.target(),
                "CREATE SCHEMA app",
                "CREATE UNLOGGED TABLE app.lost (id int PRIMARY KEY)",
                "CREATE TABLE app.good (id int PRIMARY KEY, text text, more int, at timestamptz NOT NULL DEFAULT now())",
                "CREATE TABLE app.narrow (id bigint PRIMARY KEY, asks int NOT NULL)",
                "CREATE TABLE app.rekeyed (id int, v text)",
                "CREATE VIEW app.viewed AS SELECT 1 AS id");
        String include = mapped("good", "\"exclude\": [\"gone\"], \"rename\": {\"v\": \"text\"}")
                + mapped("narrow", "")
                + mapped("rekeyed", "")
                + mapped("viewed", "")
                + mapped("lost", "")
                + mapped("absent", "");
        String task = chosen(pair, include, ", \"structure\": {\"existingTable\": \"KEEP\"}");

        JsonPath kept = precheck(task);

        assertThat(found(kept)).containsExactly("target-tables");
        String reason = item(kept, "target-tables").get("reason").toString();
        assertThat(reason)
                .contains(
                        "app.viewed are no tables",
                        "app.lost: it is UNLOGGED, so that a crash of the target would empty it",
                        "app.narrow: id is bigint instead of integer, v is missing, asks is only on the target, NOT NULL",
                        "The key of the target's app.rekeyed is (), that of the source's public.rekeyed is (id)")
                .doesNotContain("app.good", "absent");
        assertThat(item(kept, "target-tables").get("fix").toString())
                .isEqualTo("ALTER TABLE \"app\".\"rekeyed\" ADD PRIMARY KEY (\"id\");");

        String good = mapped("good", "\"exclude\": [\"gone\"], \"rename\": {\"v\": \"text\"}");
        JsonPath emptied = precheck(chosen(pair, good, ", \"structure\": {\"existingTable\": \"TRUNCATE\"}"));
        assertThat(found(emptied)).containsExactly("target-tables");
        assertThat(item(emptied, "target-tables"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("app.good"));
        JsonPath none = precheck(chosen(pair, good + mapped("absent", ""), ", \"structure\": {\"enabled\": false}"));
        assertThat(item(none, "target-tables").get("reason").toString())
                .contains("lacks these tables", "app.absent")
                .doesNotContain("app.good");
        JsonPath refused = precheck(chosen(pair, good, ""));
        assertThat(item(refused, "target-tables").get("reason").toString()).contains("app.good already");
    }

    @Test
    void severalTablesIntoOneAndRightsOnTablesThatAreThere() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE north (id int PRIMARY KEY)", "CREATE TABLE south (id int PRIMARY KEY)");
        Api.execute(pair.target(), "CREATE TABLE all_of_it (id int PRIMARY KEY)");
        String user = pair.source().replace("source", "writer");
        Api.execute(
                "postgres",
                "CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(user, TestServers.PASSWORD),
                "GRANT CREATE ON DATABASE " + pair.target() + " TO " + user);
        String include = "{\"schema\": \"public\", \"table\": \"*\", \"targetTable\": \"all_of_it\"}, ";
        String task = chosen(pair, include, ", \"structure\": {\"existingTable\": \"KEEP\"}");
        String target = Api.endpoint(pair.target());

        JsonPath precheck = precheck(task.replace(target, target.replace("\"postgres\"", "\"" + user + "\"")));

        assertThat(item(precheck, "target-names"))
                .containsEntry("result", "WARNING")
                .containsEntry("objects", List.of("public.north", "public.south"));
        String grant = item(precheck, "target-write").get("fix").toString();
        assertThat(grant)
                .contains("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON \"public\".\"all_of_it\" TO \"" + user);
        Api.execute(pair.target(), grant);
        assertThat(item(
                        precheck(task.replace("chosen-", "granted-")
                                .replace(target, target.replace("\"postgres\"", "\"" + user + "\""))),
                        "target-write"))
                .containsEntry("result", "PASSED");
        String ddl = ", \"changes\": {\"operations\": [\"INSERT\", \"UPDATE\", \"DELETE\", \"TRUNCATE\", \"DDL\"]}";
        Map<String, Object> owner = item(
                precheck(chosen(pair, include, ", \"structure\": {\"existingTable\": \"KEEP\"}" + ddl)
                        .replace(target, target.replace("\"postgres\"", "\"" + user + "\""))),
                "target-write");
        assertThat(owner.get("reason").toString()).contains("Only its owner may alter a table");
        assertThat(owner.get("fix").toString())
                .isEqualTo("ALTER TABLE \"public\".\"all_of_it\" OWNER TO \"" + user + "\";");
    }

    @Test
    void tablesThatBecomeOneMustFitIntoTheFirst() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE a (id int PRIMARY KEY, price numeric(10,2), note text)",
                "CREATE TABLE b (id int PRIMARY KEY, price numeric(20,6))");
        String one = "\"targetTable\": \"both\", \"columns\"";
        String include = (mapped("a", "") + mapped("b", "")).replace("\"columns\"", one);

        JsonPath precheck = precheck(chosen(pair, include, ""));

        assertThat(item(precheck, "target-tables").get("reason").toString())
                .contains("public.b.price is numeric(20,6), in app.both it is numeric(10,2)")
                .contains("public.b has no column note, which changes of app.both must have");
    }

    /** The target's names follow the mapping: what is on the target under the old name is in nobody's way. */
    @Test
    void namesAfterMapping() throws SQLException {
        Pair pair = Api.pair(
                "CREATE SCHEMA \"Shop\"", "CREATE TABLE \"Shop\".\"Item\" (id int PRIMARY KEY, \"Name\" text)");
        Api.execute(pair.target(), "CREATE SCHEMA \"Shop\"", "CREATE TABLE \"Shop\".\"Item\" (id int)");
        String task = pair.task(Api.name("lower"), ", \"structure\": {\"nameCase\": \"LOWER\"}")
                .replace("\"public\"", "\"Shop\"");

        assertThat(found(precheck(task))).isEmpty();
        Api.execute(pair.target(), "CREATE SCHEMA shop", "CREATE TABLE shop.item (id int)");
        JsonPath taken = precheck(task.replace("lower-", "taken-"));
        assertThat(item(taken, "target-tables").get("reason").toString()).contains("shop.item", "name is missing");
    }

    @Test
    void transformsFitTheirTablesAndWorkOnRowsThatAreThere() throws SQLException {
        Pair pair = Api.pair(
                "CREATE TABLE fine (id int PRIMARY KEY, name text, amount numeric)",
                "INSERT INTO fine SELECT i, 'name ' || i, i FROM generate_series(1, 1000) i",
                "CREATE TABLE failing (id int PRIMARY KEY, n text)",
                "INSERT INTO failing VALUES (1, '1'), (2, 'two'), (3, '3')",
                "CREATE TABLE unfit (id int PRIMARY KEY, n int, s text, g int GENERATED ALWAYS AS (n + 1) STORED)",
                "CREATE TABLE hidden (id int PRIMARY KEY, n int)",
                "CREATE TABLE large (id int PRIMARY KEY, a text, b text)",
                "CREATE TABLE keyless (n int)",
                "ALTER TABLE keyless REPLICA IDENTITY FULL",
                "CREATE TABLE added (id int PRIMARY KEY)");
        String transforms = transform("fine", "row.id % 2 == 0 ? null : {'name': mask(row.name, 1)}")
                + transform("failing", "{'n': int(row.n) + 1}")
                + transform("unfit", "row.x == 1 ? null : {'id': 1, 's': row.g}")
                + transform("hidden", "row.n > 5")
                + transform("large", "{'a': row.a + row.b, 'b': row.b + '!'}")
                + transform("keyless", "{'n': op == 'LOAD' ? 1 : 2}")
                + transform("added", "{'more': 1}")
                + transform("gone", "true");

        JsonPath precheck = precheck(transformed(pair, transforms));

        assertThat(found(precheck)).containsExactly("transforms", "target-tables");
        assertThat(item(precheck, "transforms").get("reason").toString())
                .contains(
                        "public.failing fails on 1 of 3 rows that were tried, the first being the row with id = 2: ",
                        "public.unfit does not fit: column g is generated, and no change carries it; there is no column x"
                                + " (names are case-sensitive); column id is part of the key",
                        "public.hidden looks at more than changes carry: changes do not show of the old row n",
                        "public.large looks at more than changes carry: an update does not carry large values that it"
                                + " leaves as they are, here of a, b",
                        "public.keyless looks at op, before or commitTime, and the table has no key",
                        "No chosen table is called public.gone")
                .doesNotContain("public.fine", "public.added");
        assertThat(item(precheck, "transforms").get("fix").toString())
                .contains(
                        "ALTER TABLE \"public\".\"hidden\" REPLICA IDENTITY FULL;",
                        "ALTER TABLE \"public\".\"large\" REPLICA IDENTITY FULL;");
        assertThat(item(precheck, "target-tables").get("reason").toString())
                .contains("The transform of public.added writes more, which the source does not have");

        Api.execute(
                pair.source(),
                "DROP TABLE unfit, keyless",
                "DELETE FROM failing WHERE id = 2",
                "ALTER TABLE hidden REPLICA IDENTITY FULL",
                "ALTER TABLE large REPLICA IDENTITY FULL");
        Api.execute(pair.target(), "CREATE TABLE added (id int PRIMARY KEY, more int NOT NULL)");
        String mended = transformed(
                pair,
                transform("fine", "row.id % 2 == 0 ? null : {'name': mask(row.name, 1)}")
                        + transform("failing", "{'n': int(row.n) + 1}")
                        + transform("hidden", "row.n > 5")
                        + transform("large", "{'a': row.a + row.b, 'b': row.b + '!'}")
                        + transform("added", "{'more': 1}"));
        JsonPath again = precheck(mended.replace("\"FAIL\"", "\"KEEP\""));
        assertThat(found(again)).isEmpty();
        assertThat(item(again, "transforms").get("reason").toString()).contains("tried on 202 rows");
    }

    private static String transform(String table, String expression) {
        return "{\"table\": \"public.%s\", \"expression\": \"%s\"}, ".formatted(table, expression);
    }

    /** @param transforms each with a comma at its end */
    private static String transformed(Pair pair, String transforms) {
        return pair.task(
                Api.name("transformed"),
                ", \"structure\": {\"existingTable\": \"FAIL\"}, \"transforms\": ["
                        + transforms.substring(0, transforms.lastIndexOf(',')) + "]");
    }

    private static String include(String table, String filter) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"filter\": \"%s\"}, ".formatted(table, filter);
    }

    private static String distributed(String table, String kind, String columns) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"distribution\": {\"kind\": \"%s\", \"columns\": [%s]}}, "
                .formatted(table, kind, columns);
    }

    private static String columns(String table, String columns) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"columns\": {%s}}, ".formatted(table, columns);
    }

    private static String mapped(String table, String columns) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"targetSchema\": \"app\", \"columns\": {%s}}, "
                .formatted(table, columns);
    }

    /** @param include each with a comma at its end */
    private static String chosen(Pair pair, String include, String more) {
        return pair.task(Api.name("chosen"), more)
                .replace("{\"schema\": \"public\", \"table\": \"*\"}", include.substring(0, include.lastIndexOf(',')));
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
