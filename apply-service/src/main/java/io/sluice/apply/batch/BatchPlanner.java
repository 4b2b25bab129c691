package io.sluice.apply.batch;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
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
    private final Map<TableName, TablePlan> plans = new LinkedHashMap<>();

    /** @param shapes what the target's tables look like; throws for a table that is not there */
    public BatchPlanner(Function<TableName, TableShape> shapes) {
        this.shapes = shapes;
    }

    /** Plans the changes; the planner can then be used again. */
    public List<Step> plan(Iterable<ChangeRecord> changes) {
        for (ChangeRecord change : changes) {
            switch (change) {
                case RowChange row -> planOf(row.table()).add(row);
                case Truncate truncate -> planOf(truncate.table()).truncate();
                case TransactionEnd end -> {}
                case Heartbeat heartbeat -> {}
            }
        }
        List<Step> steps = new ArrayList<>();
        plans.values().forEach(plan -> steps.addAll(plan.finish()));
        plans.clear();
        return steps;
    }

    private TablePlan planOf(TableName table) {
        return plans.computeIfAbsent(table, name -> new TablePlan(shapes.apply(name)));
    }
}
