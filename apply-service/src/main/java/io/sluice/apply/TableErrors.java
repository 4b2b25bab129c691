package io.sluice.apply;

import io.sluice.apply.change.TableFailure;
import io.sluice.apply.exception.Suspension;
import io.sluice.apply.exception.SuspensionTable;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LaneNotes;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.TableError;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.util.HashSet;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * What becomes of an error that belongs to a table: as the task's user wants it, the table is suspended where the stream
 * stands, or the task ends with the error.
 */
final class TableErrors {

    private static final Logger LOG = Logger.getLogger(TableErrors.class);

    private final TaskOrder order;
    private final Bookkeeping bookkeeping;
    private final Standing claim;
    private final RunContext context;
    private final SuspensionTable suspensions;
    private final TableTurns turns;

    TableErrors(TaskOrder order, Bookkeeping bookkeeping, Standing claim, RunContext context) {
        this.order = order;
        this.bookkeeping = bookkeeping;
        this.claim = claim;
        this.context = context;
        this.suspensions = new SuspensionTable(order.taskId());
        this.turns = new TableTurns(order.taskId());
    }

    /**
     * Returns when the run can go on without the table, from what is stored; nothing of the failed transaction is.
     *
     * @throws SluiceException what the task ends with
     */
    void settle(DatabaseSession main, TableFailure failure) {
        main.end();
        if (context.stopping()) {
            throw failure;
        }
        if (context.order().spec().changes().tableError() == TableError.SUSPEND_TABLE) {
            if (main.inTransaction("suspending a table", connection -> {
                bookkeeping.share(connection, claim.epoch());
                Standing standing = Standing.read(connection, order.taskId(), claim.epoch());
                Set<TableName> tables = tables(failure);
                tables.removeAll(turns.apart(connection));
                // A part of a batch is on the target that is beyond the position: it is finished as it was begun.
                if (tables.isEmpty()
                        || new LaneNotes(order.taskId()).unfinished(connection, standing.topicOffset()) != null) {
                    return false;
                }
                turns.suspend(connection, tables, standing.topicOffset());
                for (TableName table : tables) {
                    suspensions.add(connection, table, failure, standing.appliedLsn());
                }
                LOG.warnf(failure, "Tables are suspended: task=%s tables=%s", order.taskId(), tables);
                return true;
            })) {
                return;
            }
        }
        throw failure.statement() == null ? failure : stopped(main, failure);
    }

    private Set<TableName> tables(TableFailure failure) {
        Set<TableName> tables = new HashSet<>();
        TableMapping.all(order.spec(), order.tables()).forEach((table, mapping) -> {
            if (failure.table().equals(failure.onTarget() ? mapping.target() : table)) {
                tables.add(table);
            }
        });
        return tables;
    }

    /** The command can be left out. */
    private SluiceException stopped(DatabaseSession main, TableFailure failure) {
        long number = main.inTransaction("noting a command that was not carried over", connection -> {
            bookkeeping.share(connection, claim.epoch());
            Standing standing = Standing.read(connection, order.taskId(), claim.epoch());
            suspensions.add(connection, failure.table(), failure, standing.appliedLsn());
            return suspensions.open(connection).stream()
                    .filter(one -> one.table().equals(failure.table()))
                    .mapToLong(Suspension::number)
                    .max()
                    .orElseThrow();
        });
        return new SluiceException(
                failure.code(),
                failure.getMessage() + " To go on without it, skip exception " + number + " and resume the task.",
                failure);
    }
}
