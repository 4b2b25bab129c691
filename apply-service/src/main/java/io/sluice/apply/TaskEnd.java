package io.sluice.apply;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.StructureEnd;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends a task on its target: STOP fences it for good, DELETE forgets it. The data stays unless the order says otherwise. A
 * fence that cannot be set is tried again by placement; what a deletion cannot remove is named, with the SQL that does it.
 */
final class TaskEnd {

    private static final int ATTEMPTS = 3;
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);

    /** Somebody waits for a deletion. */
    private static final Duration LOGIN = Duration.ofSeconds(5);

    private TaskEnd() {}

    /** @return what could not be removed */
    static List<Leftover> carryOut(TaskOrder order, Connections target, RunContext context) {
        Bookkeeping bookkeeping = new Bookkeeping(order.taskId());
        if (order.phase() == Phase.DELETE) {
            return delete(order, bookkeeping, target, context);
        }
        try (DatabaseSession session = DatabaseSession.open(target, context, List.of(DatabaseSession.LOCK_TIMEOUT))) {
            session.transact("ending sessions of the task", bookkeeping::endOtherSessions);
            session.transact("ending the task", bookkeeping::end);
            // Only now does nothing write for the task any more.
            return StructureEnd.carryOut(session, order.taskId());
        }
    }

    private static List<Leftover> delete(
            TaskOrder order, Bookkeeping bookkeeping, Connections target, RunContext context) {
        for (int attempt = 1; ; attempt++) {
            try (DatabaseSession session = DatabaseSession.open(target, context, List.of(), LOGIN)) {
                return delete(order, bookkeeping, session);
            } catch (SluiceException e) {
                if (attempt == ATTEMPTS || e.code().retry() != ErrorCode.Retry.CONNECTION) {
                    return List.of(rows(bookkeeping, e));
                }
                if (context.pause(BETWEEN_ATTEMPTS)) {
                    throw e;
                }
            }
        }
    }

    private static List<Leftover> delete(TaskOrder order, Bookkeeping bookkeeping, DatabaseSession session) {
        session.transact("ending sessions of the task", bookkeeping::endOtherSessions);
        List<Leftover> leftovers = new ArrayList<>(MadeTables.drop(order, bookkeeping, session));
        if (!leftovers.isEmpty()) {
            // Without the bookkeeping nobody would know any more which tables they are.
            return leftovers;
        }
        try {
            session.transact("removing the bookkeeping", bookkeeping::remove);
        } catch (SluiceException e) {
            if (e.code() == ErrorCode.CONNECTION_LOST) {
                throw e;
            }
            leftovers.add(rows(bookkeeping, e));
            return leftovers;
        }
        try {
            session.transact("dropping the schema _sluice", Bookkeeping::dropIfUnused);
        } catch (SluiceException e) {
            leftovers.add(new Leftover(
                    "the empty schema _sluice on the target",
                    String.valueOf(e.getMessage()),
                    "DROP SCHEMA _sluice CASCADE"));
        }
        return leftovers;
    }

    private static Leftover rows(Bookkeeping bookkeeping, SluiceException why) {
        return new Leftover(
                "bookkeeping of the task in the schema _sluice on the target",
                String.valueOf(why.getMessage()),
                bookkeeping.removeSql());
    }
}
