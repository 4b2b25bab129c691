package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table without a key that is read under two snapshots, and what is written to it in between. */
class MovedKeylessRowsIT {

    private static final TableName TABLE = ComparedSides.table("moving");

    /**
     * With this and such statistics all but the last pages are read at once, and then nothing for ten seconds; another
     * snapshot is taken after that.
     */
    private static final long NEARLY_ALL = 1_190;

    /** With this the table cannot be read again in ten minutes. */
    private static final Long SLOW = 10L;

    private static final PostgresServer server = SharedServers.postgres();

    private static final String LAST = "id = 12003 AND ctid > '(100,0)'::tid";

    /**
     * Rows that fill a page each are at the end.
     *
     * @param first the first row, which fills a page, too
     * @param lost the last row is not on the target
     */
    private static ComparedSides halfRead(ComparisonKind kind, int first, boolean lost) {
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(TABLE));
        sides.onBoth(
                "CREATE TABLE moving (id int, v text) WITH (autovacuum_enabled = false)",
                "ALTER TABLE moving ALTER v SET STORAGE PLAIN",
                "INSERT INTO moving SELECT " + first + ", repeat('w', 7900)",
                "INSERT INTO moving SELECT i, repeat('x', 100) FROM generate_series(1, 12000) i",
                "INSERT INTO moving SELECT i, repeat('w', 7900) FROM generate_series(12001, 12003) i");
        if (lost) {
            sides.onTarget("DELETE FROM moving WHERE " + LAST);
        }
        sides.onBoth(
                "VACUUM ANALYZE moving", "UPDATE pg_class SET reltuples = reltuples / 10 WHERE relname = 'moving'");
        sides.onTarget("UPDATE _sluice.task SET applied_lsn = 'FFFFFFFF/0'");
        TestingContext run = sides.context(true);
        assertThat(sides.compare(new Errand.Comparison(1, kind, List.of(), 1, NEARLY_ALL), run, shown -> {
                    if (shown.stream().anyMatch(one -> one.sourceRows() > 5_000 && one.targetRows() > 5_000)) {
                        run.stop();
                    }
                }))
                .isEmpty();
        return sides;
    }

    private static TableComparison goOn(ComparedSides sides, ComparisonKind kind, @Nullable Long maxRowsPerSecond) {
        return sides.compare(new Errand.Comparison(1, kind, List.of(), 1, maxRowsPerSecond), sides.context(true))
                .getFirst();
    }

    /** To the room of others that have gone, among pages that were read. */
    private static void moveTheLast(ComparedSides sides) {
        sides.onBoth("DELETE FROM moving WHERE id <= 3000", "VACUUM moving");
        sides.onSource("UPDATE moving SET v = repeat('y', 7900) WHERE " + LAST);
        assertThat(ComparedSides.values(
                        server,
                        sides.sourceName,
                        "SELECT count(*) FROM moving WHERE id = 12003 AND ctid < '(100,0)'::tid"))
                .containsExactly("1");
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void aRowThatMovedIsFoundByReadingTheTableUnderOneSnapshot(ComparisonKind kind) {
        ComparedSides sides = halfRead(kind, 0, true);
        moveTheLast(sides);
        TableComparison result = goOn(sides, kind, null);
        assertThat(result.state()).as(result.toString()).isEqualTo(State.DIFFERENT);
        assertThat(result.sourceRows()).isEqualTo(result.targetRows() + 1);
        assertThat(result.missing()).isEqualTo(kind == ComparisonKind.CONTENT ? 1 : 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void whenThatWouldTakeTooLongTheTableIsUnsettled(ComparisonKind kind) {
        ComparedSides sides = halfRead(kind, 0, true);
        moveTheLast(sides);
        TableComparison result = goOn(sides, kind, SLOW);
        assertThat(result.state()).as(result.toString()).isEqualTo(State.UNSETTLED);
        assertThat(result.detail()).contains("no key");
    }

    /** Of two rows that are the same at the source one goes before it is read, and the target's after it was. */
    @ParameterizedTest
    @EnumSource(names = {"UNSETTLED", "DIFFERENT"})
    void aRowThatWentIsNotTakenForTheOtherOneLikeIt(State expected) {
        ComparedSides sides = halfRead(ComparisonKind.CONTENT, 12_003, true);
        sides.onSource("DELETE FROM moving WHERE " + LAST);
        sides.onTarget("DELETE FROM moving WHERE id = 12003");
        TableComparison result = goOn(sides, ComparisonKind.CONTENT, expected == State.UNSETTLED ? SLOW : null);
        assertThat(result.state()).as(result.toString()).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTENT", "ROW_COUNT"})
    void aTableThatWasLeftAloneIsEqual(ComparisonKind kind) {
        ComparedSides sides = halfRead(kind, 0, false);
        sides.onBoth("CREATE TABLE other AS SELECT 1 AS n");
        TableComparison result = goOn(sides, kind, SLOW);
        assertThat(result.state()).as(result.toString()).isEqualTo(State.EQUAL);
        assertThat(result.sourceRows()).isEqualTo(12_004);
    }
}
