package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is wrong with one table ends the load of no other. */
class TroubledTablesIT extends LoadScenario {

    @Test
    void aTableThatCannotBeLoadedStopsNoOtherAndIsLoadedAlone() throws Exception {
        server.execute(
                sourceName,
                "CREATE DOMAIN refused AS int CHECK (current_database() LIKE 'source%' OR VALUE < 30000)",
                "CREATE TABLE bad (id int PRIMARY KEY, v refused)",
                "INSERT INTO bad SELECT i, i FROM generate_series(1, 50000) i");
        for (int i = 0; i < 250; i++) {
            server.execute(
                    sourceName,
                    "CREATE TABLE small" + i + " (id int PRIMARY KEY, v text)",
                    "INSERT INTO small" + i + " SELECT i, 'v' || i FROM generate_series(1, " + i % 5 + ") i");
        }
        server.execute(
                sourceName, "CREATE TABLE bad_small (v refused)", "INSERT INTO bad_small VALUES (40000)", "ANALYZE");
        List<TableName> tables = new ArrayList<>(names("bad", "bad_small"));
        IntStream.range(0, 250).forEach(i -> tables.addAll(names("small" + i)));
        Run run = run(tables, LoadLimits.NONE);
        await().atMost(Duration.ofSeconds(60)).until(run.done()::isDone);
        assertThat(run.failure()).isNotNull();
        assertThat(run.failure().code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(run.failure().getMessage())
                .contains("2 tables")
                .contains("public.bad:")
                .contains("public.bad_small:");
        assertThat(run.states().values().stream().filter(TableState.DONE::equals))
                .hasSize(250);
        assertThat(run.states()).containsEntry(names("bad").getFirst(), TableState.FAILED);

        server.execute(targetName, "ALTER DOMAIN refused DROP CONSTRAINT refused_check");
        double before = loadedBytes();
        complete(tables);
        assertEqual(tables);
        // Of the others nothing went over again.
        assertThat(loadedBytes() - before).isLessThan(1_500_000);
    }

    /** What happens to single tables is said of them; the others are complete. */
    @Test
    void tablesThatAreGoneLockedOrWithoutSpaceStopNoOther() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE good (id int PRIMARY KEY)",
                "INSERT INTO good SELECT generate_series(1, 1000)",
                "CREATE TABLE locked (id int PRIMARY KEY)",
                "INSERT INTO locked SELECT generate_series(1, 1000)",
                "CREATE FUNCTION space() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
                        + " IF current_database() LIKE 'target%' THEN"
                        + " RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END IF;"
                        + " RETURN true; END $$",
                "CREATE DOMAIN heavy AS int CHECK (space())",
                "CREATE TABLE large (id heavy)",
                "INSERT INTO large VALUES (1)",
                "ANALYZE");
        List<TableName> tables = names("good", "locked", "large", "never_there");
        Run first = run(tables, new LoadLimits(null, 1L, null, List.of()));
        await().until(() ->
                !databases.ask(targetName, "SELECT to_regclass('locked')").equals("null"));
        first.context().stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done()::isDone);
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE locked");
            Run run = run(tables, LoadLimits.NONE);
            await().atMost(Duration.ofSeconds(90)).until(run.done()::isDone);
            assertThat(run.failure()).isNotNull();
            assertThat(run.failure().getMessage())
                    .contains("2 tables")
                    .containsPattern("public.large: .*No space left on device, .*SQLSTATE 53100")
                    .containsPattern("public.locked: .*SQLSTATE 55P03");
            assertThat(run.states()).containsEntry(names("good").getFirst(), TableState.DONE);
        }
        server.execute(targetName, "CREATE OR REPLACE FUNCTION space() RETURNS boolean LANGUAGE sql AS 'SELECT true'");
        Run last = run(tables, LoadLimits.NONE);
        await().atMost(Duration.ofSeconds(60)).until(last.done()::isDone);
        assertThat(last.failure()).isNotNull();
        assertThat(last.failure().code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(last.failure().getMessage()).contains("public.never_there");
        assertEqual(names("good", "locked", "large"));
    }

    /** What is left of an earlier try may not be removed from it; that is said of it alone. */
    @Test
    void aTableThatCannotBeEmptiedStopsNoOther() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE kept (id int PRIMARY KEY, line text)",
                "INSERT INTO kept SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "CREATE TABLE good (id int PRIMARY KEY)",
                "INSERT INTO good SELECT generate_series(1, 1000)",
                "ANALYZE");
        List<TableName> tables = names("kept", "good");
        Run first = run(order(tables, new LoadLimits(null, 1_000_000L, null, List.of()), 1));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !databases
                                .ask(targetName, "SELECT to_regclass('_sluice.load_piece')")
                                .equals("null")
                        && !databases
                                .ask(targetName, "SELECT 1 FROM _sluice.load_piece")
                                .isEmpty());
        first.context().stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done()::isDone);
        // Written anew, it must be copied anew.
        server.execute(sourceName, "VACUUM FULL kept");
        server.execute(
                targetName,
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN RAISE ''not for you'' USING ERRCODE = ''insufficient_privilege''; END'",
                "CREATE TRIGGER refuse BEFORE TRUNCATE ON kept EXECUTE FUNCTION refuse()",
                "ALTER TABLE kept ENABLE ALWAYS TRIGGER refuse");
        Run run = run(tables, LoadLimits.NONE);
        await().atMost(Duration.ofSeconds(60)).until(run.done()::isDone);
        assertThat(run.failure()).isNotNull();
        assertThat(run.failure().code()).isEqualTo(ErrorCode.PRIVILEGE_MISSING);
        assertThat(run.failure().getMessage())
                .contains("1 tables")
                .containsPattern("public.kept: .*not for you, SQLSTATE 42501");
        assertThat(run.states())
                .containsEntry(tables.get(0), TableState.FAILED)
                .containsEntry(tables.get(1), TableState.DONE);
        server.execute(targetName, "DROP TRIGGER refuse ON kept");
        complete(tables);
        assertEqual(tables);
    }

    /** Rows that are committed are not copied once more because of what comes after them. */
    @Test
    void smallTablesWhoseKeysCannotBeBuiltTogetherAreNotCopiedTwice() throws Exception {
        for (String name : List.of("seen", "a", "b", "c", "d", "e")) {
            server.execute(
                    sourceName,
                    "CREATE TABLE " + name + " (id int PRIMARY KEY)",
                    "INSERT INTO " + name + " SELECT generate_series(1, " + (name.equals("seen") ? 2000 : 1000) + ")");
        }
        List<TableName> tables = names("seen", "a", "b", "c", "d", "e");
        Run first = run(order(tables, new LoadLimits(null, 1L, null, List.of()), 1));
        await().until(() ->
                databases.ask(targetName, "SELECT to_regclass('seen')").equals("seen"));
        first.context().stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done()::isDone);
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            // Rows may come, but no key.
            statement.execute("LOCK TABLE seen IN ACCESS SHARE MODE");
            Run run = run(order(tables, LoadLimits.NONE, 1));
            await().atMost(Duration.ofSeconds(90)).until(run.done()::isDone);
            assertThat(run.failure()).isNotNull();
            assertThat(run.failure().getMessage())
                    .contains("1 tables")
                    .containsPattern("public.seen: .*SQLSTATE 55P03");
            assertThat(run.states()).containsEntry(names("seen").getFirst(), TableState.FAILED);
            assertThat(run.states().values().stream().filter(TableState.DONE::equals))
                    .hasSize(5);
        }
        assertEqual(tables);
        complete(tables);
        assertEqual(tables);
        assertThat(databases.ask(
                        targetName,
                        "SELECT count(*) FROM pg_constraint WHERE contype = 'p'"
                                + " AND connamespace = 'public'::regnamespace"))
                .isEqualTo("6");
    }

    /** Who has a table for himself keeps it from being loaded, and says so; the others are complete. */
    @Test
    void aTableThatIsLockedAtTheSourceStopsNoOther() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "CREATE TABLE locked (id int PRIMARY KEY)",
                "INSERT INTO locked SELECT generate_series(1, 1000)",
                "ANALYZE");
        List<TableName> tables = names("big", "locked");
        try (Connection other = server.connect(sourceName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            Run run = run(order(tables, new LoadLimits(null, 1_000_000L, null, List.of()), 1));
            await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 0);
            statement.execute("LOCK TABLE locked");
            run.context().order(order(tables, LoadLimits.NONE, 1));
            await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
            assertThat(run.failure()).isNotNull();
            assertThat(run.failure().code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
            assertThat(run.failure().getMessage()).contains("1 tables").contains("public.locked:");
            assertThat(run.states()).containsEntry(names("big").getFirst(), TableState.DONE);
        }
        complete(tables);
        assertEqual(tables);
    }

    /** PostgreSQL does not even say what a check, a default or a view of such a table is. */
    @Test
    void aTableThatIsLockedBeforeTheLoadStopsNoOther() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE good (id int PRIMARY KEY DEFAULT 7 + 1, CHECK (id > 0))",
                "INSERT INTO good SELECT generate_series(1, 1000)",
                "CREATE TABLE locked (id int PRIMARY KEY, at int DEFAULT 7 + 1, CHECK (id > 0))",
                "INSERT INTO locked SELECT generate_series(1, 1000)",
                "CREATE INDEX ON locked ((at + 1))",
                "CREATE VIEW seen AS SELECT g.id FROM good g JOIN locked l USING (id) WHERE l.at > 0",
                "CREATE TABLE parts (id int NOT NULL, at int DEFAULT 7 + 1) PARTITION BY RANGE (id)",
                "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (500)",
                "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (500) TO (1001)",
                "INSERT INTO parts SELECT generate_series(1, 1000)",
                "ANALYZE");
        List<TableName> tables = names("good", "locked", "parts");
        try (Connection other = server.connect(sourceName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE locked, parts_2");
            Run run = run(order(tables, LoadLimits.NONE, 2));
            await().atMost(Duration.ofSeconds(60)).until(run.done()::isDone);
            assertThat(run.failure()).isNotNull();
            assertThat(run.failure().code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
            assertThat(run.failure().getMessage())
                    .contains("2 tables")
                    .containsPattern("public.locked: .*pid [0-9]+ .* holds AccessExclusiveLock on public.locked")
                    .containsPattern("public.parts: .*pid [0-9]+ .* holds AccessExclusiveLock on public.parts_2");
            assertThat(run.states())
                    .containsEntry(tables.get(0), TableState.DONE)
                    .containsEntry(tables.get(1), TableState.FAILED)
                    .containsEntry(tables.get(2), TableState.FAILED);
        }
        complete(tables);
        assertEqual(tables);
        assertThat(databases.ask(targetName, "SELECT count(*) FROM seen")).isEqualTo("1000");
    }
}
