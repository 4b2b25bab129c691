package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers of rows of a table without a key, while changes stream. */
class KeylessCountsIT {

    private static final TableName BAG = ComparedSides.table("bag");

    private static final PostgresServer server = SharedServers.postgres();

    private static ComparedSides sides() {
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(BAG));
        sides.onBoth(
                "CREATE TABLE bag (n int, hits int)",
                "INSERT INTO bag SELECT i, 0 FROM generate_series(1, 2000) i",
                "CREATE INDEX ON bag (n)");
        return sides;
    }

    private static TableComparison count(ComparedSides sides) {
        return sides.compare(ComparedSides.errand(ComparisonKind.ROW_COUNT, BAG), sides.context(true))
                .getFirst();
    }

    @Test
    void rowsThatComeAndGoAreNoDifference() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        ComparedSides sides = sides();
        try (LiveTraffic traffic = new LiveTraffic(
                sides,
                seed,
                random -> List.of(
                        "INSERT INTO bag SELECT " + (10_000 + random.nextInt(1_000)) + ", 0 FROM generate_series(1, 5)",
                        "DELETE FROM bag WHERE n = " + (10_000 + random.nextInt(1_000))))) {
            TableComparison result = count(sides);
            assertThat(result.state())
                    .as("-Dsluice.seed=" + seed + " after " + traffic.committed() + " transactions: " + result)
                    .isIn(State.EQUAL, State.UNSETTLED);
        }
        assertThat(count(sides).state()).isEqualTo(State.EQUAL);
    }

    @Test
    void aNumberThatStaysAnotherIsADifference() {
        ComparedSides sides = sides();
        sides.onTarget("DELETE FROM bag WHERE n IN (5, 6, 7)");
        try (LiveTraffic traffic = new LiveTraffic(
                sides,
                1,
                random -> List.of("UPDATE bag SET hits = hits + 1 WHERE n = " + (100 + random.nextInt(1_000))))) {
            TableComparison result = count(sides);
            assertThat(List.of(result.state(), result.sourceRows(), result.targetRows()))
                    .containsExactly(State.DIFFERENT, 2000L, 1997L);
            assertThat(traffic.committed()).isPositive();
        }
    }
}
