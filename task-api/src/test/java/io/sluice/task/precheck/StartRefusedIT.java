package io.sluice.task.precheck;

import static org.assertj.core.api.Assertions.assertThat;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bad input is refused at start, with everything that is wrong, and leaves nothing on source or target. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class StartRefusedIT {

    private static final String GOOD_TABLE = "CREATE TABLE good (id int PRIMARY KEY, v text)";

    @ParameterizedTest
    @CsvSource({
        "no-such-host.invalid, 0,   postgres, right, DISABLE,     HOST_UNKNOWN,          host",
        "127.0.0.1,            1,   postgres, right, DISABLE,     CONNECTION_REFUSED,    port",
        "127.0.0.1,            0,   nowhere,  right, DISABLE,     DATABASE_UNKNOWN,      database",
        "127.0.0.1,            0,   postgres, wrong, DISABLE,     AUTHENTICATION_FAILED, password",
        "127.0.0.1,            0,   postgres, right, REQUIRE,     TLS_NOT_OFFERED,       tls",
        "127.0.0.1,            0,   postgres, right, VERIFY_FULL, TLS_NOT_OFFERED,       tls"
    })
    void anUnreachableDatabase(
            String host, int port, String database, String password, String tls, String code, String field) {
        String bad = Api.endpoint(
                host,
                port == 0 ? Api.port() : port,
                database,
                "postgres",
                "right".equals(password) ? TestServers.PASSWORD : "pw-wrong-in-no-answer",
                tls);
        String task = """
                {"name": "%s", "source": %s, "target": %s,
                 "objects": {"include": [{"schema": "public", "table": "*"}]}}
                """.formatted(Api.name("unreachable"), bad, bad);

        JsonPath problem = refused(task);

        assertThat(problem.getString("code")).isEqualTo(code);
        assertThat(problem.getList("violations.code")).containsOnly(code, "SAME_DATABASE");
        assertThat(problem.getList("violations.field")).contains("source." + field, "target." + field);
        assertThat(problem.prettify()).doesNotContain("pw-");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() throws SQLException {
        Pair pair = Api.pair();
        String poor =
                Api.endpoint("127.0.0.1", Api.poorPort(), "postgres", "postgres", TestServers.PASSWORD, "DISABLE");
        Api.execute(pair.target(), "CREATE TABLE thing (id bigint PRIMARY KEY, extra int)");
        String task = """
                {"name": "%s", "source": %s, "target": %s,
                 "objects": {"include": [{"schema": "public", "table": "*"}]}}
                """.formatted(Api.name("poor"), poor, Api.endpoint(pair.target()));

        JsonPath problem = refused(task);

        assertThat(problem.getString("code")).isEqualTo("WAL_LEVEL_NOT_LOGICAL");
        assertThat(problem.getList("violations.code"))
                .containsExactly(
                        "WAL_LEVEL_NOT_LOGICAL", "NO_FREE_SLOT", "NO_FREE_WAL_SENDER", "TARGET_COLUMNS_DIFFER");
        assertThat(message(problem, "WAL_LEVEL_NOT_LOGICAL")).contains("ALTER SYSTEM SET wal_level = 'logical'");
        assertThat(message(problem, "NO_FREE_SLOT")).contains("pg_drop_replication_slot('taken')");
        assertThat(message(problem, "TARGET_COLUMNS_DIFFER"))
                .contains("public.thing", "id is bigint instead of integer", "extra is only on the target");
    }

    @Test
    void tablesThatCannotBeMoved() throws SQLException {
        Pair pair = Api.pair(
                GOOD_TABLE,
                "CREATE TABLE keyless (v text)",
                "CREATE TABLE everything (v text)",
                "ALTER TABLE everything REPLICA IDENTITY FULL",
                "CREATE TABLE nothing (id int PRIMARY KEY)",
                "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                "CREATE TABLE later (id int PRIMARY KEY DEFERRABLE)",
                "CREATE TABLE by_index (id int NOT NULL UNIQUE)",
                "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id_key",
                "CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY)",
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE part PARTITION OF parted DEFAULT",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "CREATE TABLE cases (id int PRIMARY KEY, \"ID\" int)",
                "CREATE TABLE \"odd\"\"name\" (v text)");

        JsonPath problem = refused(pair.task(Api.name("tables")));

        assertThat(problem.getList("violations.code")).containsOnly("TABLE_WITHOUT_KEY", "TABLE_UNSUPPORTED");
        assertThat(problem.getList("violations.field")).containsOnly("objects.include");
        String all = String.join("\n", problem.getList("violations.message", String.class));
        assertThat(all)
                .contains(
                        "public.keyless, public.odd\"name: without a primary key",
                        "ALTER TABLE \"public\".\"odd\"\"name\" REPLICA IDENTITY FULL",
                        "public.nothing: REPLICA IDENTITY NOTHING",
                        "ALTER TABLE \"public\".\"nothing\" REPLICA IDENTITY DEFAULT;",
                        "public.later: a DEFERRABLE primary key",
                        "public.cases: columns of one table")
                .doesNotContain("public.good", "public.by_index", "public.everything", "public.parted", "public.child");
        assertThat(Api.query(pair.target(), "SELECT nspname FROM pg_namespace WHERE nspname = '_sluice'"))
                .isEmpty();
    }

    @Test
    void aSelectionThatMatchesNothing() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        JsonPath pattern = refused(pair.task(Api.name("none")).replace("\"*\"", "\"x*\""));
        JsonPath exact = refused(pair.task(Api.name("none"))
                .replace("[{", "[{\"schema\": \"public\", \"table\": \"g*\"}, {")
                .replace("\"*\"", "\"Good\""));

        assertThat(pattern.getString("code")).isEqualTo("NOTHING_SELECTED");
        assertThat(pattern.getString("violations[0].message")).contains("public.good");
        assertThat(exact.getString("violations[0].field")).isEqualTo("objects.include[1]");
        assertThat(exact.getString("violations[0].message")).contains("public.Good");
    }

    @Test
    void tablesThatTheTargetHasAlready() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE, "CREATE TABLE other (id int PRIMARY KEY)");
        Api.execute(pair.target(), GOOD_TABLE, "CREATE VIEW other AS SELECT 1 AS id");

        JsonPath problem = refused(pair.task(Api.name("exists")));

        assertThat(problem.getList("violations.code")).containsExactly("TARGET_TABLE_EXISTS");
        assertThat(problem.getString("violations[0].message"))
                .contains("public.good, public.other", "DROP TABLE \"public\".\"good\";");
    }

    @Test
    void oneDatabaseOnBothEnds() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        String task = pair.task(Api.name("same"))
                .replace(
                        Api.endpoint(pair.target()), Api.endpoint(pair.source()).replace("127.0.0.1", "localhost"));

        JsonPath problem = refused(task);

        assertThat(problem.getList("violations.code")).containsExactly("SAME_DATABASE", "TARGET_TABLE_EXISTS");
    }

    @Test
    void aUserWithoutRights() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE, "ALTER TABLE good ENABLE ROW LEVEL SECURITY");
        String user = pair.source().replace("source", "user");
        Api.execute("postgres", "CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(user, TestServers.PASSWORD));
        String ddl = ", \"changes\": {\"operations\": [\"INSERT\", \"UPDATE\", \"DELETE\", \"TRUNCATE\", \"DDL\"]}";
        String task = pair.task(Api.name("rights"), ddl).replace("\"postgres\"", "\"" + user + "\"");

        JsonPath problem = refused(task);

        assertThat(problem.getList("violations.code")).containsOnly("PRIVILEGE_MISSING");
        String all = String.join("\n", problem.getList("violations.message", String.class));
        assertThat(all)
                .contains(
                        "ALTER ROLE \"" + user + "\" REPLICATION;",
                        "GRANT CREATE ON DATABASE \"" + pair.source() + "\" TO \"" + user + "\";",
                        "GRANT SELECT ON \"public\".\"good\" TO \"" + user + "\";",
                        "BYPASSRLS",
                        "Only a table's owner may publish it",
                        "may not make event triggers",
                        "GRANT CREATE ON DATABASE \"" + pair.target() + "\" TO \"" + user + "\";",
                        "GRANT USAGE, CREATE ON SCHEMA \"public\"");
    }

    @Test
    void aTargetThatTakesNoWrites() throws SQLException {
        Pair pair = Api.pair(GOOD_TABLE);
        Api.execute("postgres", "ALTER DATABASE " + pair.target() + " SET default_transaction_read_only = on");

        JsonPath problem = refused(pair.task(Api.name("readonly")));

        assertThat(problem.getList("violations.code")).containsExactly("TARGET_READ_ONLY");
    }

    private static String message(JsonPath problem, String code) {
        List<Map<String, String>> violations = problem.getList("violations");
        return violations.stream()
                .filter(violation -> code.equals(violation.get("code")))
                .map(violation -> violation.get("message"))
                .findFirst()
                .orElseThrow();
    }

    /** The task stays as it was, and so does the source. */
    private static JsonPath refused(String task) {
        String id = Api.created(task);
        JsonPath problem = Api.action(id, "start")
                .statusCode(422)
                .contentType("application/problem+json")
                .extract()
                .jsonPath();
        Api.task(id).then().body("state", equalTo("CONFIGURATION")).body("generation", equalTo(0));
        try {
            assertThat(Api.query("postgres", "SELECT slot_name FROM pg_replication_slots"))
                    .isEmpty();
            assertThat(Api.query("sluice", "SELECT id FROM outbox WHERE key = '" + id + "'"))
                    .isEmpty();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return problem;
    }
}
