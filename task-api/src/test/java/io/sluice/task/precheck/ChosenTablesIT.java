package io.sluice.task.precheck;

import static io.sluice.task.precheck.Prechecks.GOOD_TABLE;
import static io.sluice.task.precheck.Prechecks.chosen;
import static io.sluice.task.precheck.Prechecks.found;
import static io.sluice.task.precheck.Prechecks.item;
import static io.sluice.task.precheck.Prechecks.precheck;
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

/** What the checks find about the tables that a task chooses. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ChosenTablesIT {

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

    private static String include(String table, String filter) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"filter\": \"%s\"}, ".formatted(table, filter);
    }

    private static String distributed(String table, String kind, String columns) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"distribution\": {\"kind\": \"%s\", \"columns\": [%s]}}, "
                .formatted(table, kind, columns);
    }
}
