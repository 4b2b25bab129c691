package io.sluice.apply.compare;

import static io.sluice.apply.compare.PlantedTable.BASE;
import static io.sluice.apply.compare.PlantedTable.FIRST;
import static io.sluice.apply.compare.PlantedTable.KINDS;
import static io.sluice.apply.compare.PlantedTable.TABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.compare.PlantedTable.Planted;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Differences of every kind, each alone among many rows, without and with traffic. */
@TestInstance(Lifecycle.PER_CLASS)
class PlantedDifferencesIT {

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int ROWS = SOAK ? 1_000_000 : 20_000;

    private PostgresServer server;
    private ComparedSides sides;

    @BeforeAll
    void fill() {
        server = PostgresServer.startTemporary();
        sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(TABLE));
        PlantedTable.fill(sides, ROWS);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    static List<Planted> kinds() {
        return KINDS;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void aChangedColumnIsFoundOrRightlyHeldEqual(Planted planted) {
        sides.onTarget("UPDATE planted SET " + planted.change() + " WHERE id = " + FIRST);
        try {
            TableComparison result = sides.content(false, TABLE);
            assertThat(result.sourceRows()).isEqualTo(ROWS);
            assertThat(result.targetRows()).isEqualTo(ROWS);
            if (planted.columns().isEmpty()) {
                assertThat(result.state()).isEqualTo(State.EQUAL);
                return;
            }
            assertThat(result.state()).isEqualTo(State.DIFFERENT);
            assertThat(List.of(result.missing(), result.extra(), result.changed()))
                    .containsExactly(0L, 0L, 1L);
            assertThat(sides.kept("kind || key", TABLE)).containsExactly("CHANGED[[\"id\",\"" + FIRST + "\"]]");
            assertThat(changedColumns()).isEqualTo(planted.columns());
        } finally {
            sides.onTarget("UPDATE planted SET " + BASE + " WHERE id = " + FIRST);
        }
    }

    @Test
    void valuesThatRowsHaveExchangedAreFound() {
        String exchange = "UPDATE planted AS p SET n = o.n, t = o.t FROM planted AS o"
                + " WHERE (p.id, o.id) IN ((100, 101), (101, 100))";
        sides.onTarget(exchange);
        try {
            TableComparison result = sides.content(false, TABLE);
            assertThat(result.state()).isEqualTo(State.DIFFERENT);
            assertThat(result.changed()).isEqualTo(2);
        } finally {
            sides.onTarget(exchange);
        }
    }

    private List<String> changedColumns() {
        return sides
                .kept(
                        "(SELECT string_agg(s.value ->> 0, ',' ORDER BY s.n) FROM json_array_elements(r.source::json)"
                                + " WITH ORDINALITY AS s (value, n) JOIN json_array_elements(r.target::json) WITH ORDINALITY AS"
                                + " t (value, n) USING (n) WHERE s.value::text <> t.value::text)",
                        TABLE)
                .stream()
                .flatMap(columns -> List.of(columns.split(",")).stream())
                .toList();
    }

    @Test
    void differencesOfEveryKindAreFoundAmongTrafficAndNothingElse() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        sides.onTarget(
                "DELETE FROM planted WHERE id = 5000",
                "INSERT INTO planted (id, t) VALUES (-1, 'extra')",
                "UPDATE planted SET t = 'other' WHERE id = 12345");
        List<String> differing = new ArrayList<>(
                List.of("EXTRA[[\"id\",\"-1\"]]", "MISSING[[\"id\",\"5000\"]]", "CHANGED[[\"id\",\"12345\"]]"));
        for (int i = 0; i < KINDS.size(); i++) {
            int id = FIRST + 1 + i;
            sides.onTarget("UPDATE planted SET " + KINDS.get(i).change() + " WHERE id = " + id);
            if (!KINDS.get(i).columns().isEmpty()) {
                differing.add("CHANGED[[\"id\",\"" + id + "\"]]");
            }
        }
        List<String> repairs;
        try (LiveTraffic traffic = new LiveTraffic(sides, seed, random -> PlantedTable.shopping(ROWS, random))) {
            for (int round = 0; round < (SOAK ? 20 : 3); round++) {
                TableComparison result = sides.content(true, TABLE);
                assertThat(List.of(result.missing(), result.extra(), result.changed(), result.unsettled()))
                        .as("-Dsluice.seed=" + seed + ", round " + round + " after " + traffic.committed()
                                + " transactions")
                        .containsExactly(1L, 1L, differing.size() - 2L, 0L);
                assertThat(sides.kept("kind || key", TABLE)).containsExactlyInAnyOrderElementsOf(differing);
            }
            repairs = sides.kept("repair", TABLE);
            List<TableComparison> counts =
                    sides.compare(ComparedSides.errand(ComparisonKind.ROW_COUNT, TABLE), sides.context(true));
            assertThat(List.of(counts.getFirst().missing(), counts.getFirst().extra()))
                    .isIn(List.of(1L, 1L), List.of(0L, 0L));
            assertThat(traffic.committed()).isPositive();
        }
        repairs.forEach(sides::onTarget);
        assertThat(sides.content(false, TABLE).state()).isEqualTo(State.EQUAL);
    }
}
