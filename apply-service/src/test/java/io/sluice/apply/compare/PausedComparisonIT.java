package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a paused stream may have still to bring is no difference; what it has brought otherwise is one. */
class PausedComparisonIT {

    private static final TableName KEYED = ComparedSides.table("keyed");
    private static final TableName BAG = ComparedSides.table("bag");
    private static final TableName SAME = ComparedSides.table("same");

    private static final PostgresServer server = SharedServers.postgres();

    private static ComparedSides sides(String applied) {
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(KEYED, BAG, SAME));
        sides.onBoth(
                "CREATE TABLE keyed (id int PRIMARY KEY, v text)",
                "INSERT INTO keyed VALUES (1, 'one'), (2, 'two')",
                "CREATE TABLE bag (v text)",
                "INSERT INTO bag VALUES ('one'), ('two')",
                "CREATE TABLE same (id int PRIMARY KEY)",
                "INSERT INTO same VALUES (1)");
        applied(sides, applied);
        return sides;
    }

    private static void applied(ComparedSides sides, String position) {
        sides.onTarget("UPDATE _sluice.task SET applied_lsn = '" + position + "'");
    }

    private static TableComparison compare(ComparedSides sides, ComparisonKind kind, TableName table) {
        return sides.compare(ComparedSides.errand(kind, table), sides.context(Phase.PAUSE))
                .getFirst();
    }

    private static void assertHeld(TableComparison result) {
        assertThat(result.state()).as(result.toString()).isEqualTo(State.UNSETTLED);
        assertThat(result.missing() + result.extra() + result.changed()).isZero();
        assertThat(result.detail()).contains("paused").contains("resume it");
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void whatThePausedStreamHasNotBroughtIsUnsettled(ComparisonKind kind) {
        ComparedSides sides = sides("0/0");
        sides.onSource(
                "INSERT INTO keyed VALUES (3, 'three')",
                "UPDATE keyed SET v = 'new' WHERE id = 1",
                "INSERT INTO bag VALUES ('three')");
        assertHeld(compare(sides, kind, KEYED));
        assertHeld(compare(sides, kind, BAG));
        assertThat(compare(sides, kind, SAME).state()).isEqualTo(State.EQUAL);
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void whatDiffersOnceEverythingIsThereIsADifference(ComparisonKind kind) {
        ComparedSides sides = sides("FFFFFFFF/0");
        sides.onTarget("DELETE FROM keyed WHERE id = 1", "DELETE FROM bag WHERE v = 'one'");
        TableComparison keyed = compare(sides, kind, KEYED);
        assertThat(keyed.state()).isEqualTo(State.DIFFERENT);
        assertThat(keyed.missing()).isEqualTo(1);
        assertThat(compare(sides, kind, BAG).state()).isEqualTo(State.DIFFERENT);
        assertThat(compare(sides, kind, SAME).state()).isEqualTo(State.EQUAL);
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void aTaskThatIsPausedMeanwhileLeavesItsRowsUnsettled(ComparisonKind kind) {
        for (TableName table : List.of(KEYED, BAG)) {
            ComparedSides sides = sides("FFFFFFFF/0");
            sides.onTarget("INSERT INTO keyed VALUES (3, 'three')", "INSERT INTO bag VALUES ('three')");
            TestingContext task = sides.context(true);
            // A difference is looked at more than once, and the first pause is between two looks.
            WatchedContext context = new WatchedContext(task, List.of(() -> {
                task.order(sides.order(Phase.PAUSE, List.of()));
                applied(sides, "0/0");
            }));
            try (Connections source = sides.source();
                    Connections target = sides.target()) {
                assertHeld(new ComparisonRun(ComparedSides.errand(kind, table), source, target, context, tables -> {})
                        .run()
                        .getFirst());
            }
            assertThat(context.over()).isTrue();
        }
    }
}
