package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.apply.load.LoadSlots;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Transform;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.compare.RowComparison;
import io.sluice.localstack.compare.TableResult;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The load alone, between two real databases: interrupted, changed under way, refused. */
class LoadIT {

    private static final LoadLimits SLOW = new LoadLimits(null, 10_000_000L, null, List.of());

    /** No table comes to its end while a test on a busy machine looks the other way for a second or two. */
    private static final LoadLimits SLOWER = new LoadLimits(null, 4_000_000L, null, List.of());

    private static PostgresServer server;

    private final TestingDatabases databases = new TestingDatabases(server);
    private final String taskId = databases.taskId();
    private final String sourceName = databases.source();
    private final String targetName = databases.target();
    /** One for each run; a run's metrics leave the registry when it ends. */
    private final List<Counter> bytes = new CopyOnWriteArrayList<>();

    private final List<SimpleMeterRegistry> registries = new CopyOnWriteArrayList<>();

    private final List<TestingContext> contexts = new ArrayList<>();
    private StructureChoice structure = StructureChoice.DEFAULT;
    private List<Transform> transforms = List.of();

    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @BeforeAll
    static void startServer() {
        server = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @AfterEach
    void endRuns() {
        contexts.forEach(TestingContext::stop);
    }

    @Test
    void anInterruptedLoadGoesOnAndEndsAtTheSourcesNewestState() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE keyed (id int, part text, token text UNIQUE, large text, PRIMARY KEY (part, id))",
                "INSERT INTO keyed SELECT i, 'p' || i % 7, 'token ' || i, CASE WHEN i % 500 = 0 THEN repeat(md5(i::text), 400)"
                        + " ELSE repeat('x', 150) END FROM generate_series(1, 150000) i",
                "CREATE TABLE appended (at int, line text)",
                "INSERT INTO appended SELECT i, repeat('y', 100) FROM generate_series(1, 60000) i",
                "CREATE TABLE shuffled (at int, line text)",
                "INSERT INTO shuffled SELECT i, repeat('z', 100) FROM generate_series(1, 60000) i",
                "CREATE TABLE empty (id int PRIMARY KEY)",
                "VACUUM ANALYZE");
        List<TableName> tables = names("keyed", "appended", "shuffled", "empty");
        int kills = Boolean.getBoolean("sluice.soak") ? 20 : 5;
        for (int i = 0; i < kills; i++) {
            Run run = run(tables, SLOWER);
            double before = loadedBytes();
            int more = random.nextInt(2_000_000);
            await().atMost(Duration.ofSeconds(60)).until(() -> loadedBytes() - before > more || run.done.isDone());
            if (random.nextBoolean()) {
                run.context.stop();
            } else {
                server.execute(
                        "postgres",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'sluice-apply%'");
            }
            await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
            // What comes to a table that is loaded already is for the stream, and here is none.
            assertThat(
                            databases.ask(
                                    targetName,
                                    "SELECT coalesce(string_agg(table_name, ','), '') FROM _sluice.table_load WHERE done AND table_name <> 'empty'"))
                    .as("loaded in round %d, seed %d", i, seed)
                    .isEmpty();
            change(i);
        }
        complete(tables);
        assertEqual(tables);
        assertThat(
                        databases.ask(
                                targetName,
                                "SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'"))
                .contains("(part, id)")
                .contains("(token)");
    }

    @Test
    void rowsOfATableWithATransformGoThroughItAlsoWhenItsLoadIsInterrupted() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE item (id bigint PRIMARY KEY, amount numeric, price float8, active bool, at timestamptz,"
                        + " name text, raw bytea, doc jsonb, tags text[], pad char(5), secret text)",
                """
                INSERT INTO item SELECT i, i / 7.0, i / 3.0, i % 2 = 0, CASE i % 50 WHEN 0 THEN 'infinity'
                        WHEN 1 THEN '0044-03-15 12:00:00 BC' ELSE timestamptz '2026-01-01 UTC' + i * interval '1.000001 s' END,
                    CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN E'tab\tand\nline \\\\N \\\\.' WHEN 2 THEN '' WHEN 3 THEN 'Zoë 😀'
                        ELSE 'name ' || i END,
                    decode(md5(i::text), 'hex'), jsonb_build_object('a', i), ARRAY['x', NULL, 'y z'], 'ab',
                    CASE WHEN i % 3 = 0 THEN 'hidden' END
                FROM generate_series(1, 60000) i""",
                "CREATE TABLE other (id int PRIMARY KEY, v text)",
                "INSERT INTO other SELECT i, 'v' || i FROM generate_series(1, 100) i");
        server.execute(
                targetName,
                "CREATE TABLE item (id bigint PRIMARY KEY, amount numeric, price float8, active bool, at timestamptz,"
                        + " name text, raw bytea, doc jsonb, tags text[], pad char(5), secret text, digest text,"
                        + " copied timestamptz, op text)");
        structure =
                new StructureChoice(true, null, StructureChoice.ExistingTable.KEEP, StructureChoice.NameCase.SOURCE);
        transforms = List.of(new Transform("public.item", """
                row.id % 10 == 3 ? null : {
                  "name": row.secret != null ? mask(row.name, 2) : row.name,
                  "digest": hash(row.id),
                  "price": row.price * 2.0,
                  "active": !row.active,
                  "copied": row.at,
                  "raw": row.raw + b"\\x00",
                  "secret": null,
                  "op": op
                }"""));
        List<TableName> tables = names("item", "other");
        Run first = run(tables, new LoadLimits(null, 3_000_000L, null, List.of()));
        await().atMost(Duration.ofSeconds(60)).until(() -> loadedBytes() > 2_000_000 || first.done.isDone());
        first.context.stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done::isDone);
        server.execute(
                sourceName, "DELETE FROM item WHERE id = 100", "UPDATE item SET name = 'changed' WHERE id = 101");
        complete(tables);

        assertThat(databases.ask(targetName, """
                        SELECT md5(string_agg(item::text, E'\n' ORDER BY id)) || count(*) FROM item""")).isEqualTo(databases.ask(sourceName, """
                        SELECT md5(string_agg(t::text, E'\n' ORDER BY id)) || count(*) FROM (
                            SELECT id, amount, price * 2 AS price, NOT active AS active, at,
                                CASE WHEN secret IS NULL THEN name
                                    ELSE repeat('*', greatest(length(name) - 2, 0)) || right(name, 2) END AS name,
                                raw || '\\x00'::bytea AS raw, doc, tags, pad, NULL::text AS secret,
                                encode(sha256(id::text::bytea), 'hex') AS digest, at AS copied, 'LOAD' AS op
                            FROM item WHERE id % 10 <> 3) t"""));
        assertThat(databases.ask(targetName, "SELECT count(*) FROM other")).isEqualTo("100");
    }

    @Test
    void aRowOnWhichATransformFailsEndsTheLoadOfItsTableAloneAndIsNamedByItsPlace() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE bad (id int PRIMARY KEY, n text)",
                "INSERT INTO bad SELECT i, CASE i WHEN 500 THEN 'private' ELSE '7' END FROM generate_series(1, 1000) i",
                "CREATE TABLE good (id int PRIMARY KEY)",
                "INSERT INTO good SELECT generate_series(1, 10)");
        transforms = List.of(new Transform("public.bad", "{\"n\": int(row.n) * 6}"));
        List<TableName> tables = names("bad", "good");
        SluiceException failure = run(tables, LoadLimits.NONE).done.get();

        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(ErrorCode.TRANSFORM_FAILED);
        String place = databases.ask(sourceName, "SELECT ctid::text FROM bad WHERE id = 500");
        assertThat(failure)
                .hasMessageContaining("BAD_FORMAT at 1:18")
                .hasMessageContaining("WHERE ctid = '" + place + "'");
        assertThat(failure.getMessage()).doesNotContain("private");
        assertThat(databases.ask(targetName, "SELECT count(*) FROM good")).isEqualTo("10");

        server.execute(sourceName, "UPDATE bad SET n = '7' WHERE id = 500");
        complete(tables);
        assertThat(databases.ask(targetName, "SELECT count(*) || ' ' || min(n) || ' ' || max(n) FROM bad"))
                .isEqualTo("1000 42 42");
    }

    /** Rows that move, swap unique values, change their key, go and come. */
    private void change(int round) {
        String some = "id % 97 = " + (round * 13 % 97);
        server.execute(
                sourceName,
                "DELETE FROM keyed WHERE id % 101 = " + (round * 7 % 101),
                "UPDATE keyed SET part = 'moved ' || part WHERE " + some,
                "UPDATE keyed SET token = 'free ' || id WHERE id IN (SELECT id FROM keyed WHERE id % 89 = " + round
                        + ")",
                // A new row takes the unique value that an old one has given up.
                "INSERT INTO keyed SELECT 1000000 + id + " + round
                        + " * 200000, 'new', 'token ' || id, 'n' FROM keyed WHERE id % 89 = " + round
                        + " AND id < 150001",
                "UPDATE keyed SET token = token || '!' WHERE large LIKE repeat(md5('500'), 400)",
                "INSERT INTO appended SELECT i, 'later' FROM generate_series(1, 50) i",
                "DELETE FROM shuffled WHERE at % 211 = " + round,
                "UPDATE shuffled SET line = 'changed' WHERE at % 223 = " + round);
    }

    @Test
    void littleIsCopiedAgainAfterInterruptions() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (token text PRIMARY KEY, id int, line text)",
                "INSERT INTO big SELECT md5(i::text) || md5('-' || i), i, repeat('x', 130) FROM generate_series(1, 250000) i",
                "VACUUM ANALYZE");
        List<TableName> tables = names("big");
        for (int i = 1; i <= 3; i++) {
            Run run = run(tables, SLOW);
            double until = i * 12_000_000.0;
            await().atMost(Duration.ofSeconds(60)).until(() -> loadedBytes() > until || run.done.isDone());
            assertThat(run.done).isNotDone();
            run.context.stop();
            await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
            // To find what has gone, not all keys go over either: they are a third of the table.
            server.execute(
                    sourceName,
                    "DELETE FROM big WHERE id % 1009 = " + i,
                    "UPDATE big SET line = 'changed' WHERE id % 997 = " + i);
        }
        complete(tables);
        assertEqual(tables);
        double once = Double.parseDouble(databases.ask(targetName, "SELECT bytes_loaded FROM _sluice.table_load"));
        assertThat(loadedBytes()).as("bytes over the wire").isBetween(once, 1.1 * once);
    }

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
        await().atMost(Duration.ofSeconds(60)).until(run.done::isDone);
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
        first.context.stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done::isDone);
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE locked");
            Run run = run(tables, LoadLimits.NONE);
            await().atMost(Duration.ofSeconds(90)).until(run.done::isDone);
            assertThat(run.failure()).isNotNull();
            assertThat(run.failure().getMessage())
                    .contains("2 tables")
                    .containsPattern("public.large: .*No space left on device, .*SQLSTATE 53100")
                    .containsPattern("public.locked: .*SQLSTATE 55P03");
            assertThat(run.states()).containsEntry(names("good").getFirst(), TableState.DONE);
        }
        server.execute(targetName, "CREATE OR REPLACE FUNCTION space() RETURNS boolean LANGUAGE sql AS 'SELECT true'");
        Run last = run(tables, LoadLimits.NONE);
        await().atMost(Duration.ofSeconds(60)).until(last.done::isDone);
        assertThat(last.failure()).isNotNull();
        assertThat(last.failure().code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(last.failure().getMessage()).contains("public.never_there");
        assertEqual(names("good", "locked", "large"));
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
        first.context.stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done::isDone);
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            // Rows may come, but no key.
            statement.execute("LOCK TABLE seen IN ACCESS SHARE MODE");
            Run run = run(order(tables, LoadLimits.NONE, 1));
            await().atMost(Duration.ofSeconds(90)).until(run.done::isDone);
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

    /** What is read by a name after another table has taken it does not go with what was read before. */
    @Test
    void aTableThatTakesTheNameOfAnotherWhileThatIsCopiedIsCopiedAlone() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 100000) i",
                "CREATE TABLE other (LIKE big INCLUDING ALL)",
                "INSERT INTO other SELECT i, repeat('y', 200) FROM generate_series(1, 90000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, SLOW);
        await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 3_000_000);
        inTransaction("ALTER TABLE big RENAME TO gone", "ALTER TABLE other RENAME TO big");
        assertThat(run.done).isNotDone();
        run.context.order(order(tables, LoadLimits.NONE, 2));
        await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
        assertThat(run.failure()).isNull();
        assertEqual(tables);
    }

    /** What is wrong with one table does not end the load of the others, and none has to be mended by hand. */
    @Test
    void aTableThatWasChangedOnTheTargetWhileItsLoadWasInterruptedBeginsAgain() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, SLOW);
        await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 4_000_000);
        run.context.stop();
        await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
        server.execute(targetName, "DELETE FROM big WHERE id % 100 = 7");
        complete(tables);
        assertEqual(tables);
    }

    /** The rows of a table that inherits are none of its parent's, also where the parent's load was interrupted. */
    @Test
    void theRowsOfATableThatInheritsSurviveAnInterruptedLoadOfItsParent() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE parent (id int PRIMARY KEY, line text)",
                "INSERT INTO parent SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "INSERT INTO child SELECT i, repeat('y', 200) FROM generate_series(1, 90000) i",
                "ANALYZE");
        List<TableName> tables = names("parent", "child");
        Run run = run(order(tables, SLOW, 1));
        // The child is larger, so it comes first.
        await().atMost(Duration.ofSeconds(60)).until(() -> loadedBytes() > 22_000_000);
        run.context.stop();
        await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
        server.execute(
                sourceName,
                "DELETE FROM ONLY parent WHERE id % 3 = 0",
                "UPDATE ONLY parent SET line = 'z' WHERE id < 9");
        complete(tables);
        assertThat(databases.ask(targetName, "SELECT count(*) FROM child")).isEqualTo("90000");
        assertThat(databases.ask(targetName, "SELECT count(*) FROM ONLY parent"))
                .isEqualTo(databases.ask(sourceName, "SELECT count(*) FROM ONLY parent"));
    }

    @Test
    void aTableThatIsMadeAnewBeforeItsTurnIsCopiedAsItIsThen() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "CREATE TABLE small (id int PRIMARY KEY)",
                "INSERT INTO small VALUES (1)",
                "ANALYZE");
        List<TableName> tables = names("big", "small");
        Run run = run(order(tables, new LoadLimits(null, 1_000_000L, null, List.of()), 1));
        await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 0);
        inTransaction("DROP TABLE small", "CREATE TABLE small (id int PRIMARY KEY)", "INSERT INTO small VALUES (2)");
        assertThat(run.done).isNotDone();
        run.context.order(order(tables, LoadLimits.NONE, 1));
        await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
        assertThat(run.failure()).isNull();
        assertEqual(tables);
    }

    private void inTransaction(String... statements) throws SQLException {
        try (Connection connection = server.connect(sourceName);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        }
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
            run.context.order(order(tables, LoadLimits.NONE, 1));
            await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
            assertThat(run.failure()).isNotNull();
            assertThat(run.failure().code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
            assertThat(run.failure().getMessage()).contains("1 tables").contains("public.locked:");
            assertThat(run.states()).containsEntry(names("big").getFirst(), TableState.DONE);
        }
        complete(tables);
        assertEqual(tables);
    }

    @Test
    void aTableHasGaugesOnlyWhileItIsLoaded() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, new LoadLimits(null, 1_000_000L, null, List.of()));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> gauge("rows") > 0 && gauge("bytes") > gauge("rows") && gauge("percent") > 0);
        assertThat(gauge("percent")).isLessThan(100);
        run.context.order(order(tables, LoadLimits.NONE, 4));
        await().atMost(Duration.ofSeconds(30)).until(run.done::isDone);
        assertThat(run.failure()).isNull();
        assertThat(gauge("rows")).isEqualTo(-1);
        assertThat(gauge("percent")).isEqualTo(-1);
    }

    /** Of table big; -1 when there is none. */
    private double gauge(String of) {
        Gauge gauge = registries
                .getLast()
                .find("sluice.full.load.table." + of)
                .tags("task", taskId, "table", "public.big")
                .gauge();
        return gauge == null ? -1 : gauge.value();
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
            await().atMost(Duration.ofSeconds(60)).until(run.done::isDone);
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

    @Test
    void limitsAndWorkersChangeUnderTheRun() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 100000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, new LoadLimits(null, 100_000L, null, List.of()));
        await().until(() -> loadedBytes() > 0);
        double slow = loadedBytes();
        assertThat(slow).isLessThan(1_000_000);
        run.context.order(order(tables, LoadLimits.NONE, 4));
        await().atMost(Duration.ofSeconds(10)).until(run.done::isDone);
        assertThat(run.failure()).isNull();
        assertEqual(tables);
    }

    /** A run on a thread of its own. */
    private record Run(TestingContext context, CompletableFuture<@Nullable SluiceException> done) {

        @Nullable
        SluiceException failure() {
            return done.getNow(null);
        }

        Map<TableName, TableState> states() {
            Map<TableName, TableState> states = new HashMap<>();
            for (Fact fact : context.facts()) {
                if (fact instanceof Fact.LoadProgress progress) {
                    progress.tables().forEach(table -> states.put(table.table(), table.state()));
                }
            }
            return states;
        }
    }

    private void complete(List<TableName> tables) {
        Run run = run(tables, LoadLimits.NONE);
        await().atMost(Duration.ofSeconds(90)).until(run.done::isDone);
        assertThat(run.failure()).isNull();
        assertThat(run.context.reached(Fact.Step.LOADED)).isTrue();
    }

    private Run run(List<TableName> tables, LoadLimits limits) {
        return run(order(tables, limits, 2));
    }

    private Run run(TaskOrder order) {
        TestingContext context = new TestingContext();
        contexts.add(context);
        context.order(order);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        registries.add(registry);
        bytes.add(registry.counter("sluice.full.load.bytes", "task", taskId));
        return new Run(
                context,
                CompletableFuture.supplyAsync(
                        () -> {
                            try (Connections source = databases.connections("source", sourceName);
                                    Connections target = databases.connections("target", targetName);
                                    ApplyMetrics metrics = new ApplyMetrics(registry, taskId)) {
                                new ApplyRun(
                                                order,
                                                source,
                                                target,
                                                KafkaAccess.of(Map.of()),
                                                context,
                                                new Claimant(),
                                                metrics,
                                                new LoadSlots(16))
                                        .run();
                                return null;
                            } catch (SluiceException e) {
                                return e;
                            }
                        },
                        task -> Thread.ofPlatform().start(task)));
    }

    private TaskOrder order(List<TableName> tables, LoadLimits limits, int workers) {
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL,
                databases.endpoint(sourceName),
                Dialect.POSTGRESQL,
                databases.endpoint(targetName),
                List.of(),
                List.of(),
                workers,
                new RetryWindows(10, 1),
                null,
                structure,
                ChangeChoice.DEFAULT,
                transforms,
                limits,
                ChangeLimits.NONE,
                null);
        return new TaskOrder(taskId, 1, Phase.RUN, spec, tables, Instant.EPOCH);
    }

    private double loadedBytes() {
        return bytes.stream().mapToDouble(Counter::count).sum();
    }

    private static List<TableName> names(String... tables) {
        return Stream.of(tables).map(table -> new TableName("public", table)).toList();
    }

    private void assertEqual(List<TableName> tables) throws SQLException {
        try (Connection source = server.connect(sourceName);
                Connection target = server.connect(targetName)) {
            RowComparison comparison = new RowComparison(source, target);
            for (TableName table : tables) {
                var name = new io.sluice.localstack.compare.TableName(table.schema(), table.table());
                TableResult result = comparison.compare(name, name);
                assertThat(result.equal()).as(result + ", seed " + seed).isTrue();
            }
        }
    }
}
