package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.apply.position.FencedException;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Repairs under traffic whose changes add up: one that is applied twice, or lost, would be seen. */
class RepairIT {

    private static final List<TableChoice> ALL = List.of(TableChoice.unchanged(new TablePattern("public", "*")));
    private static final TableName STOCK = ComparedSides.table("stock");
    private static final TableName BAG = ComparedSides.table("bag");

    private static final PostgresServer server = SharedServers.postgres();

    @Test
    void rowsAreRepairedUnderTrafficWhateverInterruptsIt() throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        ComparedSides sides = new ComparedSides(server, ALL, List.of(STOCK, BAG));
        sides.onBoth(
                "CREATE TABLE stock (id int PRIMARY KEY, v text, at timestamptz, hits int,"
                        + " twice int GENERATED ALWAYS AS (hits * 2) STORED)",
                "INSERT INTO stock SELECT i, 'v' || i, timestamptz '2026-01-01' + i * interval '1 s', 0"
                        + " FROM generate_series(1, 5000) i",
                "CREATE TABLE bag (n int)",
                "INSERT INTO bag SELECT 1 FROM generate_series(1, 10)");
        sides.onSource("UPDATE stock SET v = 'never' WHERE id = 4000");
        sides.onTarget(
                "ALTER TABLE stock ADD CHECK (v <> 'never')",
                "DELETE FROM stock WHERE id BETWEEN 100 AND 399",
                "UPDATE stock SET v = 'other' WHERE id BETWEEN 1000 AND 1299",
                "INSERT INTO stock SELECT i, 'extra', NULL, 1 FROM generate_series(10001, 10100) i",
                "INSERT INTO bag VALUES (2)");
        Errand.Comparison found = ComparedSides.errand(ComparisonKind.CONTENT);
        try (LiveTraffic traffic = new LiveTraffic(sides, seed, RepairIT::deliveries)) {
            assertThat(sides.compare(found, sides.context(true)))
                    .extracting(TableComparison::state)
                    .containsOnly(State.DIFFERENT);
            Errand.Repair errand = new Errand.Repair(1, found.number());
            TestingContext first = sides.context(true);
            CompletableFuture<List<TableRepair>> interrupted =
                    CompletableFuture.supplyAsync(() -> repair(sides, errand, first));
            await().until(() -> done(sides) > 0);
            first.stop();
            assertThat(ended(interrupted)).isTrue();
            assertThat(done(sides)).isBetween(1, 700);

            Map<TableName, TableRepair> results = repair(sides, errand, sides.context(true)).stream()
                    .collect(Collectors.toMap(TableRepair::table, table -> table));
            TableRepair stock = results.get(STOCK);
            assertThat(stock.rows()).isGreaterThanOrEqualTo(701);
            assertThat(stock.repaired() + stock.equal() + stock.unsettled() + stock.refused())
                    .isEqualTo(stock.rows());
            assertThat(stock.repaired()).isGreaterThan(600);
            assertThat(stock.sqlStates()).isEqualTo(Map.of("23514", 1L));
            assertThat(results.get(BAG).refused()).isEqualTo(1);
            assertThat(results.get(BAG).detail()).contains("has no key");
            assertThat(traffic.committed()).isPositive();
        }
        TableComparison left = sides.content(false, STOCK);
        assertThat(sides.kept("kind || key || source || target", STOCK))
                .as("-Dsluice.seed=" + seed + " " + left)
                .singleElement()
                .asString()
                .startsWith("CHANGED[[\"id\",\"4000\"]]");
        onlyWhileChangesStream(sides);
        nothingIsRepairedOnceTheTaskHasEnded(sides);
    }

    /** A change that comes between two looks is the stream's alone. */
    @Test
    void aRowIsLeftToTheStreamAsLongAsAChangeOfItIsOnTheWay() {
        TableName moving = ComparedSides.table("moving");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(moving));
        sides.onBoth(
                "CREATE TABLE moving (id int PRIMARY KEY, v text, hits int)",
                "INSERT INTO moving VALUES (1, 'one', 0)");
        sides.onTarget("UPDATE moving SET v = 'other'", "INSERT INTO moving VALUES (2, 'extra', 0)");
        Errand.Comparison found = ComparedSides.errand(ComparisonKind.CONTENT);
        sides.compare(found, sides.context(false));
        String rows = "SELECT id || v || hits FROM moving ORDER BY id";
        WatchedContext context = new WatchedContext(
                sides.context(true),
                List.of(
                        () -> {
                            // The first change is on the target before it is locked, the others come later.
                            sides.onSource("INSERT INTO moving VALUES (2, 'came', 0)");
                            String applied = ComparedSides.values(
                                            server, sides.sourceName, "SELECT pg_current_wal_insert_lsn()::text")
                                    .getFirst();
                            sides.onSource(
                                    "UPDATE moving SET hits = hits + 1 WHERE id = 1",
                                    "DELETE FROM moving WHERE id = 2");
                            sides.onTarget("UPDATE moving SET v = 'came' WHERE id = 2", applied(applied));
                        },
                        () -> {
                            assertThat(ComparedSides.values(server, sides.targetName, rows))
                                    .containsExactly("1other0", "2came0");
                            sides.onTarget(
                                    "UPDATE moving SET hits = hits + 1 WHERE id = 1",
                                    "DELETE FROM moving WHERE id = 2",
                                    applied("FFFFFFFF/0"));
                        }));
        assertThat(repair(sides, new Errand.Repair(1, found.number()), context))
                .containsExactly(new TableRepair(moving, 2, 1, 1, 0, 0, Map.of(), null));
        assertThat(context.over()).isTrue();
        assertThat(ComparedSides.values(server, sides.targetName, rows)).containsExactly("1one1");
    }

    private static String applied(String position) {
        return "UPDATE _sluice.task SET applied_lsn = '" + position + "'";
    }

    /** The stream brings a commit that waits for a synchronous standby; at the source only its session knows of it. */
    @Test
    void whatTheTargetHasBeforeItIsSeenAtTheSourceIsLeftAlone() throws Exception {
        TableName early = ComparedSides.table("early");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(early));
        sides.onBoth(
                "CREATE TABLE early (id int PRIMARY KEY, v text)", "INSERT INTO early VALUES (1, 'one'), (2, 'two')");
        sides.onTarget("UPDATE early SET v = 'other' WHERE id = 1", "INSERT INTO early VALUES (3, 'extra')");
        Errand.Comparison found = ComparedSides.errand(ComparisonKind.CONTENT);
        sides.compare(found, sides.context(false));
        for (String database : List.of(sides.sourceName, sides.targetName)) {
            server.execute("postgres", "ALTER DATABASE \"" + database + "\" SET synchronous_commit = local");
        }
        server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
        CompletableFuture<Void> commit;
        try {
            await().until(
                            () -> ComparedSides.values(server, "postgres", "SHOW synchronous_standby_names"),
                            List.of("nobody")::equals);
            commit = CompletableFuture.runAsync(() -> sides.onSource(
                    "SET synchronous_commit = on",
                    "WITH new AS (INSERT INTO early VALUES (3, 'new')) UPDATE early SET v = 'new' WHERE id = 1"));
            await().until(
                            () -> ComparedSides.values(
                                    server,
                                    "postgres",
                                    "SELECT datname FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
                            List.of(sides.sourceName)::equals);
            sides.onTarget("UPDATE early SET v = 'new' WHERE id IN (1, 3)", applied("FFFFFFFF/0"));
            assertThat(repair(sides, new Errand.Repair(1, found.number()), sides.context(true)))
                    .containsExactly(new TableRepair(early, 2, 0, 0, 2, 0, Map.of(), null));
            assertThat(ComparedSides.values(server, sides.targetName, "SELECT v FROM early ORDER BY id"))
                    .containsExactly("new", "two", "new");
        } finally {
            server.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
        }
        commit.get(60, TimeUnit.SECONDS);
        assertThat(repair(sides, new Errand.Repair(2, found.number()), sides.context(true)))
                .containsExactly(new TableRepair(early, 2, 0, 2, 0, 0, Map.of(), null));
    }

    /** A deadlock with the stream, a statement that somebody cancels. */
    @Test
    void aStatementThatMayDoWellTheNextTimeIsGivenAgainButNotForEver() {
        TableName often = ComparedSides.table("often");
        TableName never = ComparedSides.table("never");
        TableName other = ComparedSides.table("other");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(often, never, other));
        for (String table : List.of("often", "never", "other")) {
            sides.onBoth("CREATE TABLE " + table + " (id int PRIMARY KEY, v text)");
            sides.onSource("INSERT INTO " + table + " SELECT i, 'v' FROM generate_series(1, 3) i");
        }
        sides.onTarget(
                "CREATE SEQUENCE tries",
                """
                CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_TABLE_NAME = 'never' THEN RAISE EXCEPTION USING ERRCODE = '57014', MESSAGE = 'canceled'; END IF;
                    IF nextval('public.tries') = 1 THEN RAISE EXCEPTION USING ERRCODE = '40P01', MESSAGE = 'deadlock'; END IF;
                    RETURN NEW;
                END $$""",
                "CREATE TRIGGER trouble BEFORE INSERT ON often FOR EACH ROW EXECUTE FUNCTION trouble()",
                "CREATE TRIGGER trouble BEFORE INSERT ON never FOR EACH ROW EXECUTE FUNCTION trouble()",
                "ALTER TABLE often ENABLE ALWAYS TRIGGER trouble",
                "ALTER TABLE never ENABLE ALWAYS TRIGGER trouble",
                applied("FFFFFFFF/0"));
        Errand.Comparison found = ComparedSides.errand(ComparisonKind.CONTENT);
        sides.compare(found, sides.context(false));
        Map<TableName, TableRepair> results =
                repair(sides, new Errand.Repair(1, found.number()), sides.context(true)).stream()
                        .collect(Collectors.toMap(TableRepair::table, table -> table));
        assertThat(results.get(often)).isEqualTo(new TableRepair(often, 3, 3, 0, 0, 0, Map.of(), null));
        assertThat(results.get(other)).isEqualTo(new TableRepair(other, 3, 3, 0, 0, 0, Map.of(), null));
        assertThat(results.get(never).refused()).isEqualTo(3);
        assertThat(results.get(never).detail()).contains("canceled");
    }

    /** Changes that add up, of planted rows too, and rows that come and go. */
    private static List<String> deliveries(Random random) {
        int any = 1 + random.nextInt(1500);
        int fresh = 20_000 + random.nextInt(50);
        return List.of(
                "UPDATE stock SET hits = hits + 1 WHERE id = " + any,
                "INSERT INTO stock VALUES (" + fresh + ", 'new', NULL, 0) ON CONFLICT (id) DO NOTHING",
                "DELETE FROM stock WHERE id = " + (20_000 + random.nextInt(50)));
    }

    private static boolean ended(CompletableFuture<List<TableRepair>> run) throws InterruptedException {
        try {
            return run.get() != null;
        } catch (ExecutionException e) {
            // A statement that was cut off.
            return e.getCause() instanceof SluiceException;
        }
    }

    private static void onlyWhileChangesStream(ComparedSides sides) {
        Errand.Comparison again = ComparedSides.errand(ComparisonKind.CONTENT, STOCK);
        sides.compare(again, sides.context(false));
        assertThatThrownBy(() -> repair(sides, new Errand.Repair(2, again.number()), sides.context(false)))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TASK_STATE));
    }

    private static void nothingIsRepairedOnceTheTaskHasEnded(ComparedSides sides) {
        Errand.Comparison again = ComparedSides.errand(ComparisonKind.CONTENT, STOCK);
        sides.compare(again, sides.context(false));
        sides.onTarget("UPDATE _sluice.task SET stage = 'ENDED', applied_lsn = 'FFFFFFFF/0'");
        assertThatThrownBy(() -> repair(sides, new Errand.Repair(3, again.number()), sides.context(true)))
                .isInstanceOf(FencedException.class);
    }

    private static int done(ComparedSides sides) {
        String there = "SELECT count(*)::text FROM pg_class WHERE oid = to_regclass('_sluice.repaired_row')";
        if (ComparedSides.values(server, sides.targetName(), there).getFirst().equals("0")) {
            return 0;
        }
        return Integer.parseInt(
                ComparedSides.values(server, sides.targetName(), "SELECT count(*) FROM _sluice.repaired_row")
                        .getFirst());
    }

    private static List<TableRepair> repair(ComparedSides sides, Errand.Repair errand, RunContext context) {
        try (Connections source = sides.source();
                Connections target = sides.target()) {
            return new RepairRun(errand, source, target, context, tables -> {}).run();
        }
    }
}
