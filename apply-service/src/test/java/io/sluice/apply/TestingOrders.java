package io.sluice.apply;

import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;

/** An order like another one, but for some of what its user has chosen. */
final class TestingOrders {

    private TestingOrders() {}

    static TaskOrder with(TaskOrder order, ChangeLimits limits) {
        TaskSpec spec = order.spec();
        return with(order, spec.changes(), spec.loadLimits(), spec.structure(), limits);
    }

    static TaskOrder with(TaskOrder order, ChangeChoice changes) {
        TaskSpec spec = order.spec();
        return with(order, changes, spec.loadLimits(), spec.structure(), spec.changeLimits());
    }

    static TaskOrder with(
            TaskOrder order,
            ChangeChoice changes,
            LoadLimits loadLimits,
            StructureChoice structure,
            ChangeLimits changeLimits) {
        TaskSpec spec = order.spec();
        TaskSpec other = new TaskSpec(
                spec.name(),
                spec.mode(),
                spec.source(),
                spec.dialect(),
                spec.target(),
                spec.choices(),
                spec.exclude(),
                spec.loadWorkers(),
                spec.retry(),
                spec.alertTopic(),
                structure,
                changes,
                spec.transforms(),
                loadLimits,
                changeLimits,
                spec.lagThresholdSeconds());
        return new TaskOrder(
                order.taskId(),
                order.generation(),
                order.phase(),
                other,
                order.tables(),
                order.at(),
                order.begun(),
                order.dropTables(),
                order.errands(),
                order.selection(),
                order.loads(),
                order.start(),
                order.anew(),
                order.renames());
    }
}
