package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.ddl.TargetCatalog.PartitionOf;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.Partition;
import io.sluice.contracts.change.SourceObject.PartitionChange;
import io.sluice.contracts.change.SourceObject.Relation;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionPlannerTest {

    private static final TableName M = new TableName("app", "m");
    private static final TableName M_THERE = new TableName("there", "m");
    private static final TableName NEXT_THERE = new TableName("there", "m_27");
    private static final String BOUND = "FOR VALUES FROM (27) TO (28)";
    private static final Partition NEXT = partition("m_27", "m", "RANGE (at)", BOUND, null);

    private final TestingCatalog target = new TestingCatalog();
    private TableMapping mapping =
            new TableMapping(M, M_THERE, Set.of(), Map.of("note", "remark"), NameCase.SOURCE, null, null);
    private boolean shared;
    private PartitionPlanner.Rows rows = PartitionPlanner.Rows.GO;

    @BeforeEach
    void prepare() {
        target.keys.put(M_THERE, "RANGE (at)");
    }

    @Test
    void onesThatAreMadeAreMadeUnderTheTargetsNames() {
        Partition parted = partition("m_28", "m", "RANGE (at)", "DEFAULT", "LIST (id)");
        Partition leaf = partition("m_28_a", "m_28", "LIST (id)", "FOR VALUES IN (1)", null);
        assertThat(planner(made(NEXT), made(parted), made(leaf)).additions())
                .flatExtracting(Wish::statements)
                .containsExactly(
                        "CREATE TABLE \"there\".\"m_27\" PARTITION OF \"there\".\"m\" " + BOUND,
                        "CREATE TABLE \"there\".\"m_28\" PARTITION OF \"there\".\"m\" DEFAULT PARTITION BY LIST (id)",
                        "CREATE TABLE \"there\".\"m_28_a\" PARTITION OF \"there\".\"m_28\" FOR VALUES IN (1)");
    }

    @Test
    void nothingIsToDoWhereTheTargetHasOneTableForAllOrThePartitionAlready() {
        target.partitions.put(NEXT_THERE, new PartitionOf(M_THERE, BOUND));
        assertThat(planner(made(NEXT)).additions()).isEmpty();
        target.partitions.clear();
        target.keys.clear();
        assertThat(planner(made(NEXT)).additions()).isEmpty();
    }

    @Test
    void whatIsNotCertainIsNamedWithItsBound() {
        target.keys.put(M_THERE, "HASH (id)");
        assertNamed("partitioned by HASH (id)");
        target.keys.put(M_THERE, "RANGE (at)");
        target.relations.add(NEXT_THERE);
        assertNamed("has a table there.m_27 already");
        target.relations.clear();
        shared = true;
        assertNamed("not certain");
        shared = false;
        mapping = new TableMapping(M, M_THERE, Set.of(), Map.of("at", "id", "id", "at"), NameCase.SOURCE, null, null);
        assertNamed("not certain");
    }

    @Test
    void onesThatAreGoneGoWithTheirRows() {
        target.partitions.put(NEXT_THERE, new PartitionOf(M_THERE, BOUND));
        assertThat(planner(gone(NEXT, true)).removals()).containsExactly("DROP TABLE \"there\".\"m_27\"");
        assertThat(planner(gone(NEXT, false)).removals())
                .containsExactly("ALTER TABLE \"there\".\"m\" DETACH PARTITION \"there\".\"m_27\"");
        Partition parted = partition("m_27", "m", "RANGE (at)", BOUND, "LIST (id)");
        Partition leaf = partition("m_27_a", "m_27", "LIST (id)", "FOR VALUES IN (1)", null);
        assertThat(planner(gone(parted, true), gone(leaf, true)).removals())
                .containsExactly("DROP TABLE \"there\".\"m_27\"");
    }

    @Test
    void rowsOfOneThatTheTargetKeepsOtherwiseAreDeleted() {
        String delete = "DELETE FROM \"there\".\"m\" WHERE \"at\" IS NOT NULL AND \"at\" >= 27 AND \"at\" < 28";
        target.columns.put("at", "integer");
        assertThat(planner(gone(NEXT, true)).removals()).containsExactly(delete);
        target.partitions.put(NEXT_THERE, new PartitionOf(M_THERE, "FOR VALUES FROM (27) TO (30)"));
        assertThat(planner(gone(NEXT, false)).removals()).containsExactly(delete);
        target.partitions.clear();
        target.keys.clear();
        assertThat(planner(gone(NEXT, true)).removals()).containsExactly(delete);
        Partition list = partition("m_l", "m", "LIST (note)", "FOR VALUES IN ('a, NULL, ''b', NULL)", null);
        target.columns.put("remark", "integer");
        assertThat(planner(gone(list, true)).removals())
                .containsExactly(
                        "DELETE FROM \"there\".\"m\" WHERE (\"remark\" IN ('a, NULL, ''b', NULL) OR \"remark\" IS NULL)");
    }

    /** Else rows would stay that the source has no more, or others go. */
    @Test
    void oneWhoseRowsCannotBeToldIsRefused() {
        assertRefused(NEXT);
        target.columns.put("at", "bigint");
        assertRefused(NEXT);
        target.columns.put("at", "integer");
        assertRefused(partition("m_27", "m", "RANGE (at)", "DEFAULT", null));
        assertRefused(partition("m_27", "m", "RANGE (at, id)", "FOR VALUES FROM (1, 2) TO (3, 4)", null));
        assertRefused(partition("m_27", "m", "RANGE (abs(at))", BOUND, null));
        assertRefused(partition("m_27", "m", "HASH (at)", "FOR VALUES WITH (modulus 2, remainder 0)", null));
        assertRefused(partition("m_27_a", "m_27", "RANGE (at)", BOUND, null));
        rows = PartitionPlanner.Rows.UNCERTAIN;
        assertRefused(NEXT);
        rows = PartitionPlanner.Rows.GO;
        shared = true;
        assertRefused(NEXT);
    }

    @Test
    void rowsStayWhereTheTaskDeletesNone() {
        target.columns.put("at", "integer");
        rows = PartitionPlanner.Rows.STAY;
        assertThat(planner(gone(NEXT, true)).removals()).isEmpty();
    }

    /** As after it was done by hand. */
    @Test
    void oneThatIsGoneWhereNoRowOfItCanBeIsPassedOver() {
        target.room = true;
        assertThat(planner(gone(NEXT, true)).removals()).isEmpty();
    }

    @Test
    void oneWithAnotherNameIsRenamed() {
        Partition renamed = partition("m_2027", "m", "RANGE (at)", BOUND, null);
        target.partitions.put(NEXT_THERE, new PartitionOf(M_THERE, BOUND));
        PartitionPlanner planner = planner(new PartitionChange(NEXT, renamed, false));
        assertThat(planner.removals()).isEmpty();
        assertThat(planner.additions())
                .flatExtracting(Wish::statements)
                .containsExactly("ALTER TABLE \"there\".\"m_27\" RENAME TO \"m_2027\"");
    }

    private void assertNamed(String words) {
        assertThat(planner(made(NEXT)).additions()).singleElement().satisfies(wish -> {
            assertThat(wish.statements()).isEmpty();
            assertThat(wish.about()).isEqualTo(new TableName("app", "m_27"));
            assertThat(wish.words()).contains("app.m_27", BOUND, "app.m", words);
        });
    }

    private void assertRefused(Partition partition) {
        assertThatThrownBy(planner(gone(partition, true))::removals)
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED))
                .hasMessageContaining("app." + partition.name() + " (" + partition.bound() + ")")
                .hasMessageContaining("dropped")
                .hasMessageContaining("skip");
    }

    private PartitionPlanner planner(PartitionChange... changes) {
        List<SourceTable.Column> columns = List.of(column(1, "id"), column(2, "at"), column(3, "note"));
        SourceTable table = new SourceTable("app", "m", columns, List.of(), List.of(), null);
        SourceObject object = new SourceObject(
                "table", "app", "m", false, table, table, null, List.of(), List.of(), Set.of(), List.of(changes), null);
        return new PartitionPlanner(
                mapping, name -> new TableName("there", name.table()), shared, () -> rows, target, object);
    }

    private static SourceTable.Column column(int number, String name) {
        return new SourceTable.Column(number, name, "integer", false, null, "", null, null, null);
    }

    private static PartitionChange made(Partition partition) {
        return new PartitionChange(null, partition, false);
    }

    private static PartitionChange gone(Partition partition, boolean dropped) {
        return new PartitionChange(partition, null, dropped);
    }

    private static Partition partition(
            String name, String parent, String parentKey, String bound, @Nullable String key) {
        return new Partition(7, "app", name, new Relation("app", parent), parentKey, bound, key);
    }
}
