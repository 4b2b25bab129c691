package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table that is read under more than one snapshot, while rows move from its end to its beginning. */
class MovedRowsIT {

    private static final PostgresServer server = SharedServers.postgres();

    /** With conflict IGNORE an update of a row that the target lacks leaves it as it is. */
    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void aRowThatMovesToWhatWasReadAndIsNotOnTheTargetIsFound(ComparisonKind kind) throws Exception {
        TableName table = ComparedSides.table("moving");
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(table));
        sides.onBoth(
                "CREATE TABLE moving (id int PRIMARY KEY, v text) WITH (autovacuum_enabled = false)",
                "INSERT INTO moving SELECT i, repeat('x', 100) FROM generate_series(1, 40000) i",
                "VACUUM ANALYZE moving");
        sides.onTarget("DELETE FROM moving WHERE id = 35000", "UPDATE _sluice.task SET applied_lsn = 'FFFFFFFF/0'");
        interrupt(sides, kind);

        sides.onBoth("DELETE FROM moving WHERE id <= 3000", "VACUUM moving");
        // Others take the room on the last page first.
        sides.onBoth(
                "UPDATE moving SET v = repeat('z', 100) WHERE id BETWEEN 20001 AND 20100",
                "UPDATE moving SET v = repeat('y', 100) WHERE id IN (35000, 36000)");
        assertThat(ComparedSides.values(
                        server,
                        sides.sourceName,
                        "SELECT count(*) FROM moving WHERE id IN (35000, 36000) AND ctid < '(53,0)'::tid"))
                .containsExactly("2");

        TableComparison result = goOn(sides, kind);
        assertThat(List.of(result.missing(), result.extra(), result.changed()))
                .as(result.toString())
                .containsExactly(1L, 0L, 0L);
        assertThat(sides.kept("kind || key", table)).containsExactly("MISSING[[\"id\",\"35000\"]]");
    }

    /** From a partition that is still to be read to one that was. */
    @Test
    void aRowThatMovesToAPartitionThatWasReadIsFoundToo() throws Exception {
        TableName table = ComparedSides.table("tree");
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(table));
        sides.onBoth(
                "CREATE TABLE tree (part int, id int, v text, PRIMARY KEY (part, id)) PARTITION BY LIST (part)",
                "CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1)",
                "CREATE TABLE tree_2 PARTITION OF tree FOR VALUES IN (2)",
                "INSERT INTO tree SELECT CASE WHEN i <= 3000 THEN 1 ELSE 2 END, i, repeat('x', 100)"
                        + " FROM generate_series(1, 40000) i",
                "VACUUM ANALYZE tree");
        sides.onTarget("DELETE FROM tree WHERE id = 35000", "UPDATE _sluice.task SET applied_lsn = 'FFFFFFFF/0'");
        interrupt(sides, ComparisonKind.CONTENT);

        sides.onBoth("UPDATE tree SET part = 1 WHERE id IN (35000, 36000)");

        TableComparison result = goOn(sides, ComparisonKind.CONTENT);
        assertThat(result.sourceRows()).isEqualTo(39_998);
        assertThat(List.of(result.missing(), result.extra(), result.changed()))
                .as(result.toString())
                .containsExactly(1L, 0L, 0L);
    }

    /** Rows that were on the last pages are on the first ones then, and were written by nobody. */
    @Test
    void aTableThatIsRewrittenMeanwhileIsReadFromTheBeginning() throws Exception {
        TableName table = ComparedSides.table("rewritten");
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(table));
        sides.onBoth(
                "CREATE TABLE rewritten (id int PRIMARY KEY, back int UNIQUE, v text)",
                "INSERT INTO rewritten SELECT i, -i, repeat('x', 100) FROM generate_series(1, 40000) i",
                "VACUUM ANALYZE rewritten");
        sides.onTarget("DELETE FROM rewritten WHERE id = 39000", "UPDATE _sluice.task SET applied_lsn = 'FFFFFFFF/0'");
        interrupt(sides, ComparisonKind.CONTENT);

        sides.onBoth("CLUSTER rewritten USING rewritten_back_key");

        assertThat(goOn(sides, ComparisonKind.CONTENT).missing()).isEqualTo(1);
    }

    /** Ends a comparison when a part of both sides is read. */
    private static void interrupt(ComparedSides sides, ComparisonKind kind) throws Exception {
        Errand.Comparison throttled = new Errand.Comparison(1, kind, List.of(), 1, 5_000L);
        TestingContext first = sides.context(true);
        AtomicBoolean begun = new AtomicBoolean();
        CompletableFuture<List<TableComparison>> interrupted = CompletableFuture.supplyAsync(() -> sides.compare(
                throttled,
                first,
                shown -> begun.compareAndSet(
                        false, shown.stream().anyMatch(one -> one.sourceRows() > 5_000 && one.targetRows() > 5_000))));
        await().until(begun::get);
        first.stop();
        assertThat(interrupted.get()).isEmpty();
    }

    private static TableComparison goOn(ComparedSides sides, ComparisonKind kind) {
        Errand.Comparison fast = new Errand.Comparison(1, kind, List.of(), 1, null);
        return sides.compare(fast, sides.context(true)).getFirst();
    }
}
