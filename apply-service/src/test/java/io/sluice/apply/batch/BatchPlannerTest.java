package io.sluice.apply.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BatchPlannerTest {

    private static final TableName TABLE = new TableName("public", "t");
    private static final List<String> KEY = List.of("id");
    private static final Columns ALL = new Columns(List.of("id", "note", "big"));
    private static final Columns WITHOUT_BIG = new Columns(List.of("id", "note"));
    private static final Columns KEY_ONLY = new Columns(KEY);
    private static final ChangePosition POSITION = new ChangePosition(new Lsn(1), 1, 1);

    private final BatchPlanner planner = new BatchPlanner(name -> new TableShape(name, ALL));

    /** A source that is changed at random, and the records that these changes make. */
    private static final class Source {
        private final Random random;
        private final boolean fullIdentity;
        private final Map<String, Row> rows = new HashMap<>();
        private final List<ChangeRecord> changes = new ArrayList<>();

        private Source(long seed) {
            random = new Random(seed);
            fullIdentity = random.nextInt(4) == 0;
            for (int i = random.nextInt(5); i >= 0; i--) {
                rows.put(Integer.toString(i), row(ALL, Integer.toString(i), text(), text()));
            }
        }

        private void change() {
            String id = Integer.toString(random.nextInt(6));
            Row there = rows.get(id);
            if (there == null) {
                Row row = row(ALL, id, text(), text());
                rows.put(id, row);
                record(Operation.INSERT, null, row);
                return;
            }
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    rows.remove(id);
                    record(Operation.DELETE, before(there), null);
                }
                case 2 -> update(there, Integer.toString(random.nextInt(6)));
                case 3 -> {
                    if (random.nextInt(6) == 0) {
                        rows.clear();
                        changes.add(new Truncate(TABLE, POSITION, 0));
                    }
                }
                default -> update(there, id);
            }
        }

        private void update(Row there, String newId) {
            String id = there.value("id");
            if (!newId.equals(id) && rows.containsKey(newId)) {
                return;
            }
            boolean bigUnchanged = random.nextBoolean();
            String big = bigUnchanged ? there.value("big") : text();
            String note = text();
            rows.remove(id);
            rows.put(newId, row(ALL, newId, note, big));
            Row after = bigUnchanged ? row(WITHOUT_BIG, newId, note) : row(ALL, newId, note, big);
            boolean oldImageSent = fullIdentity || !newId.equals(id);
            record(Operation.UPDATE, oldImageSent ? before(there) : null, after);
        }

        private Row before(Row there) {
            return fullIdentity ? there : row(KEY_ONLY, there.value("id"));
        }

        private void record(Operation operation, @Nullable Row before, @Nullable Row after) {
            changes.add(new RowChange(operation, TABLE, KEY, POSITION, before, after, 0));
        }

        private @Nullable String text() {
            return random.nextInt(5) == 0 ? null : Integer.toString(random.nextInt(1000));
        }
    }

    @Property(tries = 5_000)
    void aPlanComesToWhatTheChangesComeTo(@ForAll long seed, @ForAll boolean strict) {
        Source source = new Source(seed);
        Map<String, Row> target = new HashMap<>(source.rows);
        for (int i = 0; i < 30; i++) {
            source.change();
        }
        // In batches of random sizes, as they are cut in life.
        int from = 0;
        while (from < source.changes.size()) {
            int to = Math.min(source.changes.size(), from + 1 + source.random.nextInt(12));
            planner.plan(source.changes.subList(from, to), strict ? PlanMode.STRICT : PlanMode.LENIENT)
                    .forEach(step -> carryOut(target, step));
            from = to;
        }
        assertThat(target).isEqualTo(source.rows);
    }

    /** What the target's SQL does with a step. */
    private static void carryOut(Map<String, Row> target, Step step) {
        switch (step) {
            case Step.Truncate truncate -> target.clear();
            case Step.Delete(var table, var key, var keys, var expected) ->
                keys.forEach(row -> {
                    boolean there = target.remove(row.value("id")) != null;
                    if (expected != Step.Expected.ANY) {
                        assertThat(there).as("a deleted row is there").isEqualTo(expected == Step.Expected.PRESENT);
                    }
                });
            case Step.Insert(var table, var columns, var rows) ->
                rows.forEach(row -> assertThat(target.put(row.value("id"), row))
                        .as("an inserted row is not there")
                        .isNull());
            case Step.InsertMissing missing -> throw new AssertionError(missing);
            case Step.Remove remove -> throw new AssertionError(remove);
            case Step.Upsert(var table, var key, var columns, var rows) -> {
                assertThat(rows.stream().map(row -> row.value("id")))
                        .as("a statement may touch a row once only")
                        .doesNotHaveDuplicates();
                rows.forEach(row -> target.put(row.value("id"), row));
            }
            case Step.Update(var table, var key, var keys, var columns, var rows) -> {
                for (int i = 0; i < rows.size(); i++) {
                    Row there = target.remove(keys.get(i).value("id"));
                    if (there != null) {
                        Row set = rows.get(i);
                        target.put(
                                columns.contains("id") ? set.value("id") : there.value("id"),
                                row(
                                        ALL,
                                        columns.contains("id") ? set.value("id") : there.value("id"),
                                        columns.contains("note") ? set.value("note") : there.value("note"),
                                        columns.contains("big") ? set.value("big") : there.value("big")));
                    }
                }
            }
        }
    }

    @Test
    void changesToOneKeyBecomeOneWrite() {
        List<Step> steps = planner.plan(
                List.of(
                        change(Operation.INSERT, null, row(ALL, "1", "a", "x")),
                        change(Operation.UPDATE, null, row(WITHOUT_BIG, "1", "b")),
                        change(Operation.UPDATE, null, row(WITHOUT_BIG, "1", "c"))),
                PlanMode.STRICT);
        assertThat(steps).containsExactly(new Step.Insert(TABLE, ALL, List.of(row(ALL, "1", "c", "x"))));
    }

    @Test
    void deletesComeBeforeWritesSoThatSecondaryKeysAreFree() {
        List<Step> steps = planner.plan(
                List.of(
                        change(Operation.INSERT, null, row(ALL, "2", "a", "x")),
                        change(Operation.DELETE, row(KEY_ONLY, "1"), null)),
                PlanMode.STRICT);
        assertThat(steps).hasSize(2);
        assertThat(steps.getFirst()).isInstanceOf(Step.Delete.class);
    }

    @Test
    void rowsWithoutAKeyAreCounted() {
        Row one = row(ALL, "1", "1.0", null);
        Row other = row(ALL, "1", "1.00", null);
        List<Step> steps = planner.plan(
                List.of(
                        keyless(Operation.INSERT, null, one),
                        keyless(Operation.INSERT, null, one),
                        keyless(Operation.INSERT, null, one),
                        keyless(Operation.DELETE, one, null),
                        keyless(Operation.UPDATE, other, row(ALL, "2", "b", "c")),
                        keyless(Operation.DELETE, other, null)),
                PlanMode.STRICT);
        assertThat(steps)
                .containsExactly(
                        new Step.Remove(TABLE, ALL, List.of(other), List.of(2)),
                        new Step.Insert(TABLE, ALL, List.of(one, one, row(ALL, "2", "b", "c"))));
    }

    @Test
    void tablesThatAreEmptiedTogetherAreEmptiedInOneStatementAndOldRowsDoNotMatter() {
        TableName other = new TableName("public", "other");
        List<Step> steps = planner.plan(
                List.of(
                        change(Operation.INSERT, null, row(ALL, "1", "a", "x")),
                        new Truncate(TABLE, POSITION, 0),
                        new Truncate(other, POSITION, 0),
                        change(Operation.INSERT, null, row(ALL, "2", "a", "x"))),
                PlanMode.STRICT);
        assertThat(steps)
                .containsExactly(
                        new Step.Truncate(List.of(TABLE, other)),
                        new Step.Insert(TABLE, ALL, List.of(row(ALL, "2", "a", "x"))));
    }

    @Test
    void aColumnThatTheTargetLacksIsNamed() {
        Row wider = row(new Columns(List.of("id", "note", "big", "extra")), "1", "a", "b", "c");
        assertThatThrownBy(() -> planner.plan(List.of(change(Operation.INSERT, null, wider)), PlanMode.STRICT))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED))
                .hasMessageContaining("extra");
    }

    @Test
    void anInsertThatLacksAColumnIsNotTakenForAPart() {
        assertThatThrownBy(() -> planner.plan(
                        List.of(change(Operation.INSERT, null, row(WITHOUT_BIG, "1", "a"))), PlanMode.STRICT))
                .hasMessageContaining("big");
    }

    private static RowChange change(Operation operation, @Nullable Row before, @Nullable Row after) {
        return new RowChange(operation, TABLE, KEY, POSITION, before, after, 0);
    }

    private static RowChange keyless(Operation operation, @Nullable Row before, @Nullable Row after) {
        return new RowChange(operation, TABLE, List.of(), POSITION, before, after, 0);
    }

    private static Row row(Columns columns, @Nullable String... values) {
        return new Row(columns, values);
    }
}
