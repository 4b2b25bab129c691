package io.sluice.apply.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.batch.LaneLayout.Spread;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LaneLayoutTest {

    private static final TableName SPREAD = new TableName("public", "spread");
    private static final TableName WHOLE = new TableName("public", "whole");
    private static final TableName OTHER = new TableName("public", "other");
    private static final Columns COLUMNS = new Columns(List.of("id", "v"));
    private static final LaneLayout LAYOUT = new LaneLayout(
            4,
            new TreeMap<>(Map.of(
                    SPREAD, new Spread(SPREAD, List.of("id")),
                    WHOLE, new Spread(WHOLE, List.of()),
                    OTHER, new Spread(WHOLE, List.of()))));

    @Test
    void theChangesOfAKeyAreInOneLaneInTheirOrder() {
        List<ChangeRecord> changes = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            for (int id = 0; id < 100; id++) {
                changes.add(insert(SPREAD, Integer.toString(id), "v" + round));
            }
        }
        List<List<ChangeRecord>> lanes = LAYOUT.divide(changes);
        assertThat(lanes).hasSize(4).allSatisfy(lane -> assertThat(lane).hasSizeGreaterThan(30));
        for (List<ChangeRecord> lane : lanes) {
            assertThat(lane).isSubsetOf(changes).isSortedAccordingTo((a, b) -> changes.indexOf(a) - changes.indexOf(b));
            Set<String> others = Set.copyOf(lanes.stream()
                    .filter(other -> !other.equals(lane))
                    .flatMap(List::stream)
                    .map(LaneLayoutTest::id)
                    .toList());
            assertThat(lane.stream().map(LaneLayoutTest::id)).doesNotContainAnyElementsOf(others);
        }
    }

    @Test
    void whatIsNotSpreadIsInOneLaneWithAllThatFillsTheSameTable() {
        List<ChangeRecord> changes = new ArrayList<>();
        for (int id = 0; id < 100; id++) {
            changes.add(insert(id % 2 == 0 ? WHOLE : OTHER, Integer.toString(id), "v"));
        }
        assertThat(LAYOUT.divide(changes)).filteredOn(lane -> !lane.isEmpty()).hasSize(1);
    }

    @Test
    void aChangeOfTheKeyIsADeletionInOneLaneAndAnInsertionInAnother() {
        RowChange move = elsewhere();
        List<LaneLayout.Part> parts = LAYOUT.parts(move);
        assertThat(parts)
                .extracting(LaneLayout.Part::change)
                .satisfiesExactly(
                        gone -> {
                            assertThat(gone.operation()).isEqualTo(Operation.DELETE);
                            assertThat(gone.before()).isEqualTo(move.before());
                        },
                        come -> {
                            assertThat(come.operation()).isEqualTo(Operation.INSERT);
                            assertThat(come.after()).isEqualTo(move.after());
                        });
        assertThat(parts.get(0).lane()).isNotEqualTo(parts.get(1).lane());
    }

    @Test
    void ofAnUnfinishedBatchOnlyWhatIsMissingIsLeft() {
        RowChange move = elsewhere();
        int from = LAYOUT.parts(move).get(0).lane();
        int to = LAYOUT.parts(move).get(1).lane();
        assertThat(new UnfinishedBatch(LAYOUT, Set.of(from), 9).missing(move))
                .extracting(RowChange::operation)
                .containsExactly(Operation.INSERT);
        assertThat(new UnfinishedBatch(LAYOUT, Set.of(to), 9).missing(move))
                .extracting(RowChange::operation)
                .containsExactly(Operation.DELETE);
        assertThat(new UnfinishedBatch(LAYOUT, Set.of(from, to), 9).missing(move))
                .isEmpty();
        assertThat(new UnfinishedBatch(LAYOUT, Set.of(), 9).missing(move)).containsExactly(move);
    }

    @Test
    void aRunWithTwoKeysOfOneTableOrATruncateIsNotDivided() {
        RowChange keyed = insert(SPREAD, "1", "v");
        RowChange bare =
                new RowChange(Operation.INSERT, SPREAD, List.of(), ChangePosition.START, null, keyed.after(), 0);
        assertThat(LAYOUT.divide(List.of(keyed, bare))).isNull();
        assertThat(LAYOUT.divide(List.of(keyed, new Truncate(WHOLE, ChangePosition.START, 0))))
                .isNull();
    }

    private static RowChange elsewhere() {
        Row before = new Row(new Columns(List.of("id")), new String[] {"1"});
        for (int id = 2; ; id++) {
            RowChange move = new RowChange(
                    Operation.UPDATE,
                    SPREAD,
                    List.of("id"),
                    ChangePosition.START,
                    before,
                    row(Integer.toString(id), "v"),
                    0);
            if (LAYOUT.parts(move).size() == 2) {
                return move;
            }
        }
    }

    private static RowChange insert(TableName table, String id, String v) {
        return new RowChange(Operation.INSERT, table, List.of("id"), ChangePosition.START, null, row(id, v), 0);
    }

    private static Row row(String... values) {
        return new Row(COLUMNS, values);
    }

    private static @Nullable String id(ChangeRecord change) {
        return change instanceof RowChange row && row.after() != null
                ? row.after().value("id")
                : null;
    }
}
