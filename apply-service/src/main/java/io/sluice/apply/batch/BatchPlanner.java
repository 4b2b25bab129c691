package io.sluice.apply.batch;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds what an ordered run of changes comes to: for each table, which rows are deleted, written or changed in the end.
 * Tables are independent of each other, since foreign keys and triggers do not fire on the target. Not thread-safe.
 */
public final class BatchPlanner {

    private final Function<TableName, TableShape> shapes;

    /** @param shapes what the target's tables look like; throws for a table that is not there */
    public BatchPlanner(Function<TableName, TableShape> shapes) {
        this.shapes = shapes;
    }

    /**
     * Plans changes that speak of the target's tables and columns.
     *
     * @param mode EXACT is for a single change
     */
    public List<Step> plan(Iterable<? extends ChangeRecord> changes, PlanMode mode) {
        Map<TableName, TargetPlan> plans = new LinkedHashMap<>();
        for (ChangeRecord change : changes) {
            switch (change) {
                case RowChange row -> planOf(plans, row, mode).add(row);
                case Truncate truncate -> {
                    // How rows are told apart does not matter to it, but a plan may be there already.
                    plans.computeIfAbsent(truncate.table(), name -> new KeylessPlan(shapes.apply(name)))
                            .truncate();
                }
                case Ddl ddl -> throw new IllegalArgumentException("changes: rows before and after DDL are two runs");
                case TooLarge large -> throw new IllegalArgumentException("changes: one has not come");
                case TransactionEnd end -> {}
                case Heartbeat heartbeat -> {}
            }
        }
        List<Step> steps = new ArrayList<>();
        List<TableName> emptied = plans.entrySet().stream()
                .filter(plan -> plan.getValue().truncated())
                .map(Map.Entry::getKey)
                .toList();
        if (!emptied.isEmpty()) {
            steps.add(new Step.Truncate(emptied));
        }
        plans.values().forEach(plan -> steps.addAll(plan.finish()));
        return steps;
    }

    private TargetPlan planOf(Map<TableName, TargetPlan> plans, RowChange row, PlanMode mode) {
        TargetPlan known = plans.get(row.table());
        boolean keyless = row.key().isEmpty();
        if (known != null && keyless == known instanceof KeylessPlan) {
            return known;
        }
        return plans.compute(row.table(), (name, before) -> {
            TableShape shape = shapes.apply(name);
            return keyless ? new KeylessPlan(shape, before) : new TablePlan(shape, mode, before);
        });
    }
}
