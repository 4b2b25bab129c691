package io.sluice.apply;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.BookkeepingSchema;
import io.sluice.apply.position.FencedException;
import io.sluice.apply.position.TaskRemoval;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.StructureEnd;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Connections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /**
     * @return what could not be removed
     * @throws FencedException when another instance has carried out this order or a newer one meanwhile
     */
    static List<Leftover> carryOut(TaskOrder order, Connections target, RunContext context) {
        if (order.phase() == Phase.DELETE) {
            return delete(order, target, context);
        }
        Bookkeeping bookkeeping = new Bookkeeping(order);
        try (DatabaseSession session = DatabaseSession.open(target, context, List.of(DatabaseSession.LOCK_TIMEOUT))) {
            session.transact("ending sessions of the task", bookkeeping::endOtherSessions);
            long epoch = session.inTransaction("ending the task", bookkeeping::end);
            // Only now does nothing write for the task any more.
            return StructureEnd.carryOut(session, order.taskId(), connection -> bookkeeping.share(connection, epoch));
        }
    }

    private static List<Leftover> delete(TaskOrder order, Connections target, RunContext context) {
        for (int attempt = 1; ; attempt++) {
            try (DatabaseSession session = DatabaseSession.open(target, context, List.of(), LOGIN)) {
                return delete(order, session);
            } catch (SluiceException e) {
                if (attempt == ATTEMPTS || e.code().retry() != ErrorCode.Retry.CONNECTION) {
                    return List.of(rows(new TaskRemoval(order), e));
                }
                if (context.pause(BETWEEN_ATTEMPTS)) {
                    throw e;
                }
            }
        }
    }

    private static List<Leftover> delete(TaskOrder order, DatabaseSession session) {
        session.transact("ending sessions of the task", new Bookkeeping(order)::endOtherSessions);
        TaskRemoval removal = new TaskRemoval(order);
        Long epoch = session.inTransaction("taking the task to remove it", removal::claim);
        if (order.anew()) {
            return beginAnew(removal, epoch, session);
        }
        if (epoch != null) {
            List<Leftover> left = remove(order, removal, epoch, session);
            if (!left.isEmpty()) {
                return left;
            }
        }
        List<Leftover> leftovers = new ArrayList<>();
        try {
            session.transact("dropping the schema _sluice", BookkeepingSchema::dropIfUnused);
        } catch (SluiceException e) {
            leftovers.add(new Leftover(
                    "the empty schema _sluice on the target",
                    String.valueOf(e.getMessage()),
                    CleanUpSql.dropUnusedBookkeeping()));
        }
        return leftovers;
    }

    /** The tables stay as they are until the next order: then each is emptied and loaded in its turn. */
    private static List<Leftover> beginAnew(TaskRemoval removal, @Nullable Long epoch, DatabaseSession session) {
        boolean loaded = epoch != null
                && session.inTransaction(
                        "preparing to load all tables again", connection -> removal.beginAnew(connection, epoch));
        return loaded
                ? List.of()
                : List.of(new Leftover(
                        "the task's state on the target",
                        "its first load has not ended there, so its tables cannot be loaded once more; reset the task with"
                                + " dropTargetData, and start it",
                        null));
    }

    private static List<Leftover> remove(TaskOrder order, TaskRemoval removal, long epoch, DatabaseSession session) {
        List<Leftover> left = MadeTables.drop(order, new Bookkeeping(order), epoch, session);
        if (!left.isEmpty()) {
            // Without the bookkeeping nobody would know any more which tables they are.
            return left;
        }
        try {
            session.transact("removing the bookkeeping", connection -> removal.remove(connection, epoch));
            return List.of();
        } catch (SluiceException e) {
            if (e.code() == ErrorCode.CONNECTION_LOST) {
                throw e;
            }
            return List.of(rows(removal, e));
        }
    }

    private static Leftover rows(TaskRemoval removal, SluiceException why) {
        return new Leftover(
                "bookkeeping of the task in the schema _sluice on the target",
                String.valueOf(why.getMessage()),
                removal.sql());
    }
}
