package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables that are partitioned, tables that inherit, and names that a case policy has changed. */
class ComparedTreesIT {

    private static final List<TableChoice> ALL = List.of(TableChoice.unchanged(new TablePattern("public", "*")));

    private static final PostgresServer server = SharedServers.postgres();

    private static void assertCounts(TableComparison result, long missing, long extra, long changed) {
        assertThat(List.of(result.missing(), result.extra(), result.changed()))
                .as(result.toString())
                .containsExactly(missing, extra, changed);
    }

    private static void repairAll(ComparedSides sides, TableName... tables) {
        sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false));
        for (TableName table : tables) {
            sides.kept("repair", table).forEach(sides::onTarget);
        }
        assertThat(sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false)))
                .hasSize(tables.length)
                .allMatch(table -> table.state() == State.EQUAL);
    }

    @Test
    void partitionedTablesAreComparedAsOneHoweverEachSideCutsThem() {
        TableName days = ComparedSides.table("days");
        TableName bag = ComparedSides.table("bag");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(days, bag));
        sides.onBoth(
                "CREATE TABLE days (id int, day date, v text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day)",
                "CREATE TABLE bag (part int, v text) PARTITION BY LIST (part)",
                "CREATE TABLE bag_1 PARTITION OF bag FOR VALUES IN (1)",
                "CREATE TABLE bag_2 PARTITION OF bag FOR VALUES IN (2)");
        sides.onSource(
                "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (MINVALUE) TO ('2026-03-01')",
                "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-03-01') TO (MAXVALUE)");
        sides.onTarget(
                "CREATE TABLE days_a PARTITION OF days FOR VALUES FROM (MINVALUE) TO ('2026-01-15')",
                "CREATE TABLE days_b PARTITION OF days FOR VALUES FROM ('2026-01-15') TO (MAXVALUE) PARTITION BY HASH (id)",
                "CREATE TABLE days_b1 PARTITION OF days_b FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                "CREATE TABLE days_b2 PARTITION OF days_b FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
        sides.onBoth(
                "INSERT INTO days SELECT i, date '2026-01-01' + mod(i, 200), 'v' || i FROM generate_series(1, 25000) i",
                "INSERT INTO bag SELECT 1 + mod(i, 2), 'v' FROM generate_series(1, 100) i",
                "ANALYZE");
        for (TableName table : List.of(days, bag)) {
            assertThat(sides.content(false, table).state()).as(table.toString()).isEqualTo(State.EQUAL);
        }
        sides.onTarget(
                "DELETE FROM days WHERE id IN (7, 20000)",
                "UPDATE days SET v = 'other' WHERE id = 150",
                "INSERT INTO days VALUES (1, '2027-01-01', 'extra')",
                // Its place within its partition is that of a row of the other one.
                "DELETE FROM bag_1",
                "INSERT INTO bag SELECT 1, CASE i WHEN 1 THEN 'extra' ELSE 'v' END FROM generate_series(1, 51) i",
                "VACUUM FULL bag_1");
        assertCounts(sides.content(false, days), 2, 1, 1);
        assertCounts(sides.content(false, bag), 0, 1, 0);
        repairAll(sides, days, bag);
    }

    @Test
    void tablesThatInheritHaveRowsOfTheirOwn() {
        TableName animal = ComparedSides.table("animal");
        TableName dog = ComparedSides.table("dog");
        TableName parent = ComparedSides.table("parent");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(animal, dog, parent));
        sides.onBoth(
                "CREATE TABLE animal (id int PRIMARY KEY, name text)",
                "CREATE TABLE dog (legs int, PRIMARY KEY (id)) INHERITS (animal)",
                "CREATE TABLE parent (id int PRIMARY KEY, v text)",
                "INSERT INTO animal SELECT i, 'a' || i FROM generate_series(1, 500) i",
                "INSERT INTO dog SELECT i, 'd' || i, 4 FROM generate_series(1, 300) i",
                "INSERT INTO parent SELECT i, 'p' FROM generate_series(1, 100) i");
        // The child of this one is not one of the task's tables.
        sides.onSource("CREATE TABLE child () INHERITS (parent)", "INSERT INTO child VALUES (1, 'c'), (1000, 'c')");
        assertThat(sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false)))
                .extracting(TableComparison::state, TableComparison::sourceRows)
                .containsExactlyInAnyOrder(
                        tuple(State.EQUAL, 500L), tuple(State.EQUAL, 300L), tuple(State.EQUAL, 100L));
        sides.onTarget(
                "UPDATE dog SET name = 'other' WHERE id = 5",
                "UPDATE ONLY animal SET name = 'another' WHERE id = 6",
                "INSERT INTO animal VALUES (1001, 'extra')",
                "INSERT INTO dog VALUES (1001, 'right', 4)");
        sides.onSource("INSERT INTO dog VALUES (1001, 'right', 4)");
        assertCounts(sides.content(false, dog), 0, 0, 1);
        assertCounts(sides.content(false, animal), 0, 1, 1);
        repairAll(sides, animal, dog, parent);
    }

    @Test
    void namesThatTheCasePolicyChangedAreFound() {
        TableName item = ComparedSides.table("Item");
        ComparedSides sides = new ComparedSides(
                server,
                server,
                ALL,
                List.of(item),
                "",
                new StructureChoice(true, null, ExistingTable.FAIL, NameCase.UPPER));
        sides.onSource(
                "CREATE TABLE \"Item\" (id int PRIMARY KEY, \"Label\" text, twice int GENERATED ALWAYS AS (id * 2) STORED)",
                "INSERT INTO \"Item\" SELECT i, 'v' || i FROM generate_series(1, 1000) i");
        sides.onTarget(
                "CREATE SCHEMA \"PUBLIC\"",
                "CREATE TABLE \"PUBLIC\".\"ITEM\" (\"ID\" int PRIMARY KEY, \"LABEL\" text,"
                        + " \"TWICE\" int GENERATED ALWAYS AS (\"ID\" * 2) STORED)",
                "INSERT INTO \"PUBLIC\".\"ITEM\" SELECT i, 'v' || i FROM generate_series(1, 1000) i");
        assertThat(sides.content(false, item).state()).isEqualTo(State.EQUAL);
        sides.onTarget(
                "UPDATE \"PUBLIC\".\"ITEM\" SET \"LABEL\" = 'V7' WHERE \"ID\" = 7",
                "DELETE FROM \"PUBLIC\".\"ITEM\" WHERE \"ID\" = 8");
        TableComparison found = sides.content(false, item);
        assertThat(found.table()).isEqualTo(new TableName("PUBLIC", "ITEM"));
        assertCounts(found, 1, 0, 1);
        sides.kept("repair", found.table()).forEach(sides::onTarget);
        assertThat(sides.content(false, item).state()).isEqualTo(State.EQUAL);
    }
}
