package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Values of types that users have made: which of them go over in COPY's binary format, and what the target refuses. */
class UserTypesIT extends OneLoadScenario {

    private static PostgresServer ownServer;

    UserTypesIT() {
        super(ownServer);
    }

    @BeforeAll
    static void startServer() {
        ownServer = PostgresServer.builder()
                .fsync(false)
                .setting("log_line_prefix", StatementLog.PREFIX)
                .build()
                .start();
    }

    @AfterAll
    static void stopServer() {
        ownServer.close();
    }

    @Test
    void enumsAndDomainsGoInBinaryAndWhatHasNumbersOfItsDatabaseAsText() {
        onSource(
                "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\"', 'größer')",
                "CREATE DOMAIN code AS varchar(8) CHECK (VALUE <> '')",
                "CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0)",
                "CREATE DOMAIN tags AS text[]",
                "CREATE DOMAIN usual AS mood DEFAULT 'sad'",
                "CREATE DOMAIN nested AS price",
                "CREATE TYPE pair AS (m mood, n int)",
                "CREATE TABLE binary_form (id int PRIMARY KEY, m mood, c code, p price NOT NULL, t tags, u usual)",
                """
                INSERT INTO binary_form SELECT i, (enum_range(NULL::mood))[i % 4], nullif('c' || i % 5, 'c0'), i / 7.0,
                    ARRAY['x', NULL, i::text], (enum_range(NULL::mood))[1 + i % 3] FROM generate_series(1, 1000) i""",
                "CREATE TABLE text_form (id int PRIMARY KEY, m mood[], p pair, n nested)",
                """
                INSERT INTO text_form SELECT i, ARRAY['sad', NULL]::mood[], ('größer', i)::pair, i
                FROM generate_series(1, 1000) i""",
                "ANALYZE");
        // The same labels with other numbers, in another order, and one more.
        onTarget(
                "CREATE TYPE mood AS ENUM ('größer', 'new', 'sad', 'it''s \"ok\"')",
                "CREATE DOMAIN code AS varchar(8)",
                "CREATE DOMAIN price AS numeric(10,2)",
                "CREATE DOMAIN tags AS text[]",
                "CREATE DOMAIN usual AS mood",
                "CREATE TABLE binary_form (u usual, id int PRIMARY KEY, m mood, c code, p price NOT NULL, t tags)");
        StatementLog.begin(server, databases.target());
        assertThat(load("binary_form", "text_form")).succeedsWithin(Duration.ofSeconds(60));

        assertThat(copiesInto("binary_form")).isNotEmpty().allMatch(sql -> sql.endsWith("(FORMAT binary)"));
        assertThat(copiesInto("text_form")).isNotEmpty().noneMatch(sql -> sql.contains("FORMAT"));
        for (String rows :
                List.of("(SELECT id, m, c, p, t, u FROM binary_form) t", "(SELECT id, m, p, n FROM text_form) t")) {
            String all = "SELECT count(*) || md5(string_agg(t::text, ',' ORDER BY id)) FROM " + rows;
            assertThat(askTarget(all)).isEqualTo(askSource(all)).startsWith("1000");
        }
        assertThat(askTarget("SELECT min(m) || ' ' || max(m) FROM binary_form"))
                .as("in the order of the target's type")
                .isEqualTo("größer it's \"ok\"");
    }

    @Test
    void aLabelThatTheTargetLacksIsNamedByItsColumnAndStopsNoOtherTable() {
        onSource(
                "CREATE TYPE mood AS ENUM ('sad', 'private')",
                "CREATE TABLE item (id int PRIMARY KEY, m mood)",
                "INSERT INTO item VALUES (1, 'sad'), (2, 'private')",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "INSERT INTO other VALUES (1)",
                "ANALYZE");
        onTarget("CREATE TYPE mood AS ENUM ('sad')", "CREATE TABLE item (id int PRIMARY KEY, m mood)");
        Fact.Failed failure = failedLoad("item", "other");
        assertThat(failure.code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(failure.detail())
                .contains("1 tables", "public.item: ", "column m", "SQLSTATE 22P02")
                .doesNotContain("private");
        assertThat(askTarget("SELECT count(*) FROM other")).isEqualTo("1");

        onTarget("ALTER TYPE mood ADD VALUE 'private'");
        assertThat(load("item", "other")).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget("SELECT string_agg(m::text, ',' ORDER BY id) FROM item"))
                .isEqualTo("sad,private");
    }

    @Test
    void aDomainsCheckHoldsForBinaryRowsAndIsNamed() {
        onSource(
                "CREATE DOMAIN price AS numeric(10,2)",
                "CREATE TABLE item (id int PRIMARY KEY, p price)",
                "INSERT INTO item SELECT i, 50 - i FROM generate_series(1, 100) i",
                "ANALYZE");
        onTarget(
                "CREATE DOMAIN price AS numeric(10,2) CONSTRAINT not_negative CHECK (VALUE >= 0)",
                "CREATE TABLE item (id int PRIMARY KEY, p price)");
        StatementLog.begin(server, databases.target());
        Fact.Failed failure = failedLoad("item");
        assertThat(copiesInto("item")).isNotEmpty().allMatch(sql -> sql.endsWith("(FORMAT binary)"));
        assertThat(failure.code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(failure.detail()).contains("public.item: ", "column p", "not_negative", "SQLSTATE 23514");
        assertThat(askTarget("SELECT count(*) FROM item")).isEqualTo("0");
    }

    private List<String> copiesInto(String table) {
        return StatementLog.of(server, databases.target()).stream()
                .filter(sql -> sql.startsWith("COPY") && sql.contains("\"" + table + "\""))
                .toList();
    }

    private Fact.Failed failedLoad(String... tables) {
        start(order(tables));
        return failure();
    }

    private CompletableFuture<Void> load(String... tables) {
        start(order(tables));
        return run;
    }

    private TaskOrder order(String... tables) {
        return databases.order(
                Stream.of(tables).map(name -> new TableName("public", name)).toList(),
                SyncMode.FULL,
                ChangeChoice.DEFAULT,
                LoadLimits.NONE,
                List.of(),
                new StructureChoice(true, null, ExistingTable.KEEP, NameCase.SOURCE));
    }
}
