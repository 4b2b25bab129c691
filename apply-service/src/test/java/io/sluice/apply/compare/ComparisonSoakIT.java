package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * Comparisons under traffic of about 300 transactions a second. In the soak among a million rows and for an hour; {@code
 * -Dsluice.soak.rows} and {@code -Dsluice.soak.seconds} say otherwise.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ComparisonSoakIT {

    private static final Logger LOG = Logger.getLogger(ComparisonSoakIT.class);

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int SAMPLE = 3;
    private static final int ROWS = Integer.getInteger("sluice.soak.rows", SOAK ? 1_000_000 : 5_000);
    private static final Duration LONG = Duration.ofSeconds(Long.getLong("sluice.soak.seconds", SOAK ? 3_600 : 1));
    private static final TableName BAG = ComparedSides.table("bag");
    private static final TableName TREE = ComparedSides.table("tree");
    private static final int PARTITIONS = 4;
    private static final int TREE_ROWS = ROWS / 50;

    /** A partition takes so long that snapshots are renewed before each. */
    private static final long TREE_ROWS_PER_SECOND = TREE_ROWS / PARTITIONS / 7;

    /** Without the generated one. */
    private static final String COLUMNS = "id, b, t, f, ts, a, jb, j, n, big, c, iv, r, m, hits";

    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private PostgresServer server;
    private ComparedSides sides;

    @BeforeAll
    void fill() {
        server = PostgresServer.startTemporary();
        sides = new ComparedSides(
                server,
                List.of(TableChoice.unchanged(new TablePattern("public", "*"))),
                List.of(PlantedTable.TABLE, BAG, TREE));
        PlantedTable.fill(sides, ROWS);
        sides.onBoth(
                "CREATE TABLE bag (n int, t text)",
                "INSERT INTO bag SELECT i / 3, 'x' FROM generate_series(1, " + ROWS / 10 + ") i",
                "CREATE INDEX ON bag (n)",
                "CREATE TABLE tree (part int, id int, v text, PRIMARY KEY (id, part)) PARTITION BY LIST (part)");
        for (int part = 0; part < PARTITIONS; part++) {
            sides.onBoth("CREATE TABLE tree_" + part + " PARTITION OF tree FOR VALUES IN (" + part + ")");
        }
        sides.onBoth(
                "INSERT INTO tree SELECT mod(i, " + PARTITIONS + "), i, 'x' FROM generate_series(1, " + TREE_ROWS
                        + ") i",
                "VACUUM ANALYZE bag, tree");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static List<String> traffic(Random random) {
        List<String> statements = new ArrayList<>(PlantedTable.shopping(ROWS, random));
        int fresh = ROWS + random.nextInt(1_000);
        statements.add("INSERT INTO bag VALUES (" + fresh + ", 'new'), (" + fresh + ", 'new')");
        statements.add("DELETE FROM bag WHERE n = " + (ROWS + random.nextInt(1_000)));
        statements.add("UPDATE bag SET t = t || 'y' WHERE n = " + random.nextInt(ROWS / 30) + " AND length(t) < 9");
        // From one partition to another.
        statements.add("UPDATE tree SET part = " + random.nextInt(PARTITIONS) + ", v = 'y" + random.nextInt(100)
                + "' WHERE id = " + (1 + random.nextInt(TREE_ROWS)));
        return statements;
    }

    /** With what makes it as it was. */
    private record Alone(String what, String change, String undo, List<Long> counts) {}

    @Test
    void aDifferenceThatIsAloneIsFoundAmongTraffic() {
        String row = " WHERE id = " + PlantedTable.FIRST;
        String copy = "planted_copy";
        sides.onTarget(
                "CREATE SCHEMA apart", "CREATE TABLE apart." + copy + " AS SELECT " + COLUMNS + " FROM planted" + row);
        List<Alone> all = new ArrayList<>();
        all.add(new Alone(
                "a row missing",
                "DELETE FROM planted" + row,
                "INSERT INTO planted (" + COLUMNS + ") SELECT * FROM apart." + copy,
                List.of(1L, 0L, 0L)));
        all.add(new Alone(
                "a row more",
                "INSERT INTO planted (id) VALUES (-1)",
                "DELETE FROM planted WHERE id = -1",
                List.of(0L, 1L, 0L)));
        for (PlantedTable.Planted planted : PlantedTable.KINDS) {
            all.add(new Alone(
                    planted.what(),
                    "UPDATE planted SET " + planted.change() + row,
                    "UPDATE planted SET " + PlantedTable.BASE + row,
                    List.of(0L, 0L, planted.columns().isEmpty() ? 0L : 1L)));
        }
        if (!SOAK) {
            // PlantedDifferencesIT has all of them, side by side.
            Collections.shuffle(all, new Random(seed));
            all.subList(SAMPLE, all.size()).clear();
        }
        try (LiveTraffic traffic = new LiveTraffic(sides, seed, ComparisonSoakIT::traffic)) {
            for (Alone alone : all) {
                sides.onTarget(alone.change());
                TableComparison result = sides.content(true, PlantedTable.TABLE);
                assertThat(List.of(result.missing(), result.extra(), result.changed()))
                        .as(said(alone.what(), traffic, result))
                        .isEqualTo(alone.counts());
                sides.onTarget(alone.undo());
            }
        }
        assertThat(sides.content(false, PlantedTable.TABLE).state()).isEqualTo(State.EQUAL);
    }

    @Test
    void noDifferenceIsFoundWhereThereIsNone() {
        long began = System.nanoTime();
        int rounds = 0;
        int unsettled = 0;
        try (LiveTraffic traffic = new LiveTraffic(sides, seed, ComparisonSoakIT::traffic)) {
            do {
                for (ComparisonKind kind : List.of(ComparisonKind.CONTENT, ComparisonKind.ROW_COUNT)) {
                    unsettled += unsettled(ComparedSides.errand(kind), kind + ", round " + rounds, traffic);
                }
                if (SOAK) {
                    unsettled += unsettled(
                            new Errand.Comparison(
                                    rounds + 1_000_000, ComparisonKind.CONTENT, List.of(TREE), 1, TREE_ROWS_PER_SECOND),
                            "limited, round " + rounds,
                            traffic);
                }
                rounds++;
            } while (System.nanoTime() - began < LONG.toNanos());
            LOG.infof(
                    "No false difference: %d rounds, %d results unsettled, %d transactions in %d s, -Dsluice.seed=%d",
                    rounds, unsettled, traffic.committed(), (System.nanoTime() - began) / 1_000_000_000, seed);
        }
        for (TableComparison result :
                sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false))) {
            assertThat(result.state()).as(result.toString()).isEqualTo(State.EQUAL);
        }
    }

    /** Returns how many tables are not settled; the others are equal. */
    private int unsettled(Errand.Comparison errand, String what, LiveTraffic traffic) {
        int unsettled = 0;
        for (TableComparison result : sides.compare(errand, sides.context(true))) {
            assertThat(result.state()).as(said(what, traffic, result)).isIn(State.EQUAL, State.UNSETTLED);
            unsettled += result.state() == State.UNSETTLED ? 1 : 0;
        }
        return unsettled;
    }

    private String said(String what, LiveTraffic traffic, TableComparison result) {
        return what + ", -Dsluice.seed=" + seed + " after " + traffic.committed() + " transactions: " + result;
    }
}
