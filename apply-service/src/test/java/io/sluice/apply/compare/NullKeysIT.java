package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that the key does not tell apart since it is NULL in them, and sums that no row explains. */
class NullKeysIT {

    private static final TableName ITEM = ComparedSides.table("item");

    /** With so many rows the pieces have bounds. */
    private static final int MANY = 30_000;

    private static final PostgresServer server = SharedServers.postgres();

    private static ComparedSides sides(String target, int rows) {
        ComparedSides sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(ITEM));
        sides.onSource("CREATE TABLE item (id int PRIMARY KEY, v text)");
        sides.onTarget("CREATE TABLE item (" + target + ", v text)");
        sides.onBoth("INSERT INTO item SELECT i, repeat('x', 50) FROM generate_series(1, " + rows + ") i", "ANALYZE");
        sides.onTarget("UPDATE _sluice.task SET applied_lsn = 'FFFFFFFF/0'");
        return sides;
    }

    private static TableComparison compare(ComparedSides sides, ComparisonKind kind, boolean live) {
        return sides.compare(ComparedSides.errand(kind, ITEM), sides.context(live))
                .getFirst();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, MANY})
    void aRowOfTheTargetWhoseKeyIsNullIsFoundAndRepaired(int rows) {
        ComparedSides sides = sides("id int UNIQUE", rows);
        for (boolean live : List.of(true, false)) {
            assertThat(compare(sides, ComparisonKind.CONTENT, live).state()).isEqualTo(State.EQUAL);
            assertThat(compare(sides, ComparisonKind.ROW_COUNT, live).state()).isEqualTo(State.EQUAL);
        }
        sides.onTarget("INSERT INTO item VALUES (NULL, 'extra')");
        for (boolean live : List.of(true, false)) {
            assertThat(compare(sides, ComparisonKind.ROW_COUNT, live).state()).isEqualTo(State.DIFFERENT);
            TableComparison result = compare(sides, ComparisonKind.CONTENT, live);
            assertThat(result.state()).as(result.toString()).isEqualTo(State.DIFFERENT);
            assertThat(List.of(result.missing(), result.extra(), result.changed()))
                    .containsExactly(0L, 1L, 0L);
        }
        sides.kept("repair", ITEM).forEach(sides::onTarget);
        assertThat(compare(sides, ComparisonKind.CONTENT, false).state()).isEqualTo(State.EQUAL);
    }

    /** NOT NULL that is NOT VALID looks like any other. */
    @ParameterizedTest
    @ValueSource(ints = {100, MANY})
    void aKeyThatIsNullAlthoughItMustNotBeIsNamed(int rows) {
        ComparedSides sides = sides("id int UNIQUE", rows);
        sides.onTarget(
                "INSERT INTO item VALUES (NULL, 'extra')",
                "SET allow_system_table_mods = on",
                "UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'item'::regclass AND attname = 'id'");
        TableComparison result = compare(sides, ComparisonKind.CONTENT, false);
        assertThat(result.state()).as(result.toString()).isEqualTo(State.FAILED);
        assertThat(result.code()).isEqualTo(ErrorCode.TABLE_WITHOUT_KEY);
        assertThat(result.detail()).contains("public.item").contains("NULL");
    }

    @Test
    void whatIsTheKeyOfOneTableMayBeEmptyInAnother() {
        TableName first = ComparedSides.table("part_1");
        TableName second = ComparedSides.table("part_2");
        ComparedSides sides = new ComparedSides(
                server,
                List.of(new TableChoice("public", "part_*", "public", "whole", null, null, null)),
                List.of(first, second));
        sides.onSource(
                "CREATE TABLE part_1 (id int PRIMARY KEY, n int)",
                "CREATE TABLE part_2 (id int, n int PRIMARY KEY)",
                "INSERT INTO part_1 VALUES (1, 1)",
                "INSERT INTO part_2 VALUES (NULL, 2), (NULL, 3)");
        sides.onTarget("CREATE TABLE whole (id int, n int)", "INSERT INTO whole VALUES (1, 1), (NULL, 2)");
        TableComparison result = sides.content(false, second);
        assertThat(result.state()).as(result.toString()).isEqualTo(State.DIFFERENT);
        assertThat(result.missing()).isEqualTo(1);
    }

    @Test
    void sumsThatNoRowExplainsAreNotEqual() {
        ComparedSides sides = sides("id int PRIMARY KEY", MANY);
        sides.onTarget("UPDATE item SET v = 'other' WHERE id = 1", "CLUSTER item USING item_pkey", "ANALYZE item");
        TestingContext run = sides.context(false);
        sides.compare(new Errand.Comparison(1, ComparisonKind.CONTENT, List.of(), 1, 5_000L), run, shown -> {
            if (shown.stream().anyMatch(one -> one.sourceRows() > 9_000 && one.targetRows() > 9_000)) {
                run.stop();
            }
        });
        // The row was read on the first page, and is on the last one now.
        sides.onTarget("UPDATE item SET v = (SELECT v FROM item WHERE id = 2) WHERE id = 1");
        TableComparison result = sides.compare(
                        new Errand.Comparison(1, ComparisonKind.CONTENT, List.of(), 1, null), sides.context(false))
                .getFirst();
        assertThat(result.state()).as(result.toString()).isEqualTo(State.UNSETTLED);
        assertThat(result.detail()).contains("no row was found").contains("compare it again");
    }
}
