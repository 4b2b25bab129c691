package io.sluice.apply;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.util.List;

/** Ends a task on its target: STOP fences it for good, DELETE forgets it. The data stays. */
final class TaskEnd {

    private TaskEnd() {}

    static void carryOut(TaskOrder order, Connections target, RunContext context) {
        Bookkeeping bookkeeping = new Bookkeeping(order.taskId());
        try (DatabaseSession session = DatabaseSession.open(target, context, List.of())) {
            session.transact("ending sessions of the task", bookkeeping::endOtherSessions);
            session.transact("ending the task", connection -> {
                if (order.phase() == Phase.DELETE) {
                    bookkeeping.remove(connection);
                } else {
                    bookkeeping.end(connection);
                }
            });
        }
    }
}
