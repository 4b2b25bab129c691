package io.sluice.task.compare;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sluice.contracts.Json;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.task.TableName;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The file of a repair on a database that reads and writes values in another way than comparisons do. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class RepairFileIT {

    private static final TableName TABLE = new TableName("public", "a");
    private static final TableComparison RESULT = new TableComparison(
            TABLE, List.of(TABLE), TableComparison.State.DIFFERENT, 1, 1, 1, 1, 1, 0, false, null, null);

    /** POSIX is there on every machine, and another name than C. */
    private static final List<String> OTHER_DEFAULTS = List.of(
            "DateStyle = 'ISO, DMY'",
            "IntervalStyle = 'sql_standard'",
            "TimeZone = 'Asia/Kolkata'",
            "lc_monetary = 'POSIX'",
            "extra_float_digits = 0",
            "bytea_output = 'escape'",
            "xmloption = 'document'",
            "standard_conforming_strings = off",
            "array_nulls = off");

    @Test
    void theFileBringsItsOwnSettings() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        Api.execute(
                pair.target(),
                "CREATE TABLE styles (id int PRIMARY KEY, price money, at timestamptz, span interval, doc xml, list text[],"
                        + " path text, money text DEFAULT current_setting('lc_monetary'))",
                "INSERT INTO styles (id) VALUES (1)",
                "CREATE TABLE bag (at timestamptz, span interval, f float8, b bytea)",
                "INSERT INTO bag VALUES ('2026-06-01 12:00:00+00', '1 mon -2 days', 0.1::float8 + 0.2::float8, '\\x00ff')");
        String id = Api.created(pair.task(Api.name("file")));
        found(
                pair,
                id,
                "EXTRA",
                "DELETE FROM bag WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM bag WHERE at::text IS NOT DISTINCT"
                        + " FROM '2026-06-01 12:00:00+00'::text AND span::text IS NOT DISTINCT FROM '1 mon -2 days'::text AND"
                        + " f::text IS NOT DISTINCT FROM '0.30000000000000004'::text AND b::text IS NOT DISTINCT FROM"
                        + " E'\\\\x00ff'::text LIMIT 1);");
        found(
                pair,
                id,
                "CHANGED",
                "UPDATE styles SET price = '$1,234.50'::money, at = '2026-02-03 12:00:00'::timestamptz,"
                        + " span = '-1 mons +2 days'::interval, doc = 'a<b/>'::xml, list = '{1,NULL}'::text[],"
                        + " path = 'Zürich \\n' WHERE id = 1;");
        found(pair, id, "MISSING", "INSERT INTO styles (id) VALUES (2);");

        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + Api.port() + "/" + pair.target(),
                        "postgres",
                        TestServers.PASSWORD);
                Statement statement = connection.createStatement()) {
            for (String setting : OTHER_DEFAULTS) {
                statement.execute("SET " + setting);
            }
            run(file(id), statement);
            try (ResultSet row = statement.executeQuery("SHOW IntervalStyle")) {
                row.next();
                assertThat(row.getString(1)).isEqualTo("sql_standard");
            }
        }
        assertThat(Api.query(pair.target(), "SELECT count(*) FROM bag")).containsExactly("0");
        assertThat(Api.query(
                        pair.target(),
                        "SELECT concat_ws(' | ', price::numeric, at AT TIME ZONE 'UTC', span, doc, list[2] IS NULL, path)"
                                + " FROM styles WHERE id = 1"))
                .containsExactly("1234.50 | 2026-02-03 12:00:00 | -1 mons +2 days | a<b/> | t | Zürich \\n");
        assertThat(Api.query(pair.target(), "SELECT money FROM styles WHERE id = 2"))
                .containsExactly("C");
    }

    /** The names' order is not that of the references. */
    @Test
    void rowsThatReferToOthersAreInNoWay() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        Api.execute(
                pair.target(),
                "CREATE TABLE owner (id int PRIMARY KEY, note text)",
                "CREATE TABLE item (id int PRIMARY KEY, owner int REFERENCES owner)",
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'trigger'; RETURN NEW; END $$",
                "CREATE TRIGGER note BEFORE INSERT ON owner FOR EACH ROW EXECUTE FUNCTION note()",
                "INSERT INTO owner VALUES (1, 'extra')",
                "INSERT INTO item VALUES (1, 1)");
        String id = Api.created(pair.task(Api.name("references")));
        found(pair, id, "EXTRA", "DELETE FROM owner WHERE id = 1;");
        found(pair, id, "EXTRA", "DELETE FROM item WHERE id = 1;");
        found(pair, id, "MISSING", "INSERT INTO item VALUES (2, 2);");
        found(pair, id, "MISSING", "INSERT INTO owner VALUES (2, 'source');");
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + Api.port() + "/" + pair.target(),
                        "postgres",
                        TestServers.PASSWORD);
                Statement statement = connection.createStatement()) {
            run(file(id), statement);
        }
        assertThat(Api.query(pair.target(), "SELECT item.id || note FROM item JOIN owner ON owner.id = owner"))
                .containsExactly("2source");
    }

    private static String file(String task) {
        return call().get("/api/v1/tasks/" + task + "/comparisons/1/repair-sql")
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    /** As psql does it: each statement is read under the settings that the ones before have made. */
    private static void run(String file, Statement statement) throws SQLException {
        for (String line : file.split(";\n")) {
            statement.execute(line);
        }
    }

    @Test
    void pagesOfLongRowsEndEarlyAndLeaveNothingOut() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("long")));
        found(pair, id, "MISSING", "");
        Api.execute(
                pair.target(),
                "UPDATE _sluice.comparison_row SET source = '[[\"id\", \"0\"]]'",
                "INSERT INTO _sluice.comparison_row SELECT task_id, number, schema_name, table_name, n, kind, times, key,"
                        + " json_build_array(json_build_array('id', n::text), json_build_array('v', repeat('x', 8000)),"
                        + " json_build_array('w', repeat('y', 100000))), NULL, ''"
                        + " FROM _sluice.comparison_row, generate_series(1, 119) n");

        String path = "/api/v1/tasks/" + id + "/comparisons/1/differences?limit=100&table=public.a";
        List<Integer> sizes = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            Response page = call().get(path + cursor);
            sizes.add(page.asByteArray().length);
            seen.addAll(page.jsonPath().getList("items.source.id", String.class));
            cursor = page.path("nextCursor") == null ? null : "&cursor=" + page.path("nextCursor");
        }
        assertThat(seen)
                .containsExactlyElementsOf(
                        IntStream.range(0, 120).mapToObj(String::valueOf).toList());
        assertThat(sizes).hasSizeGreaterThan(2).allMatch(size -> size < 5_000_000);
        int view = call().get("/api/v1/tasks/" + id + "/comparisons/1").asByteArray().length;
        assertThat(view).isBetween(100_000, 500_000);
    }

    /** As a comparison leaves it. */
    private static void found(Pair pair, String id, String kind, String repair) throws SQLException {
        Api.execute(
                pair.target(),
                "CREATE SCHEMA IF NOT EXISTS _sluice",
                "CREATE TABLE IF NOT EXISTS _sluice.comparison_row (task_id text, number int, schema_name text,"
                        + " table_name text, place int, kind text, times bigint, key text, source text, target text,"
                        + " repair text)",
                "INSERT INTO _sluice.comparison_row VALUES ('" + id + "', 1, 'public', 'a', 0, '" + kind
                        + "', 1, '[]', NULL, NULL, $repair$" + repair + "$repair$)");
        Api.execute(
                "sluice",
                "INSERT INTO comparison (task_id, number, kind, state, tables, workers, requested_at, requested_by, ended_at)"
                        + " VALUES ('" + id + "', 1, 'CONTENT', 'COMPLETED', '[]', 1, now(), 'admin', now())"
                        + " ON CONFLICT DO NOTHING",
                "INSERT INTO comparison_table VALUES ('" + id + "', 1, 'public', 'a', 'DIFFERENT', '"
                        + Json.write(RESULT)
                        + "')"
                        + " ON CONFLICT DO NOTHING");
    }
}
