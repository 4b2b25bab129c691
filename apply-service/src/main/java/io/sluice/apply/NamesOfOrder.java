package io.sluice.apply;

import io.sluice.apply.position.TableRenames;
import io.sluice.apply.position.TableRenames.Renaming;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.List;

/** An order may have names of tables that the target has no more, since the source has renamed them: then it waits for a newer one. */
final class NamesOfOrder {

    private static final Duration TELL_AGAIN = Duration.ofSeconds(2);

    private final TaskOrder order;
    private final RunContext context;

    NamesOfOrder(TaskOrder order, RunContext context) {
        this.order = order;
        this.context = context;
    }

    /** Returns false when they are not the newest ones, and the run must end. */
    boolean awaitNewest(DatabaseSession main) {
        List<Renaming> all = main.inTransaction("reading what was renamed", new TableRenames(order.taskId())::read);
        List<Fact.Renaming> unknown = all.stream()
                .filter(renaming -> renaming.number() > order.renames())
                .map(Renaming::fact)
                .toList();
        if (unknown.isEmpty()) {
            return true;
        }
        do {
            context.report(new Fact.TablesRenamed(unknown));
        } while (!context.pause(TELL_AGAIN));
        return false;
    }
}
