package io.sluice.apply;

import io.sluice.apply.change.AlteredTables;
import io.sluice.apply.change.LockedTable;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.exception.Suspension;
import io.sluice.apply.exception.SuspensionTable;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LaneNotes;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.position.TargetShapes;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.TableError;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

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
        if (!suspend(main, failure, List.of(failure))) {
            throw failure.statement() == null || context.stopping() ? failure : stopped(main, failure);
        }
    }

    /** The same for tables that are not what was written to any more. */
    void settle(DatabaseSession main, AlteredTables altered) {
        if (!suspend(main, altered, altered.each())) {
            throw altered;
        }
    }

    /** The same for a table that was waited for as long as the task waits. */
    void settle(DatabaseSession main, LockedTable locked) {
        if (!suspend(main, locked, List.of(locked.failure()))) {
            throw locked;
        }
    }

    /** Returns false when the task is to end with the error. */
    private boolean suspend(DatabaseSession main, SluiceException error, List<TableFailure> each) {
        main.end();
        if (context.stopping() || context.order().spec().changes().tableError() != TableError.SUSPEND_TABLE) {
            return false;
        }
        return main.inTransaction("suspending tables", connection -> {
            bookkeeping.share(connection, claim.epoch());
            Standing standing = Standing.read(connection, order.taskId(), claim.epoch());
            // A part of a batch is on the target that is beyond the position: it is finished as it was begun.
            if (new LaneNotes(order.taskId()).unfinished(connection, standing.topicOffset()) != null) {
                return false;
            }
            Set<TableName> suspended = new HashSet<>();
            for (TableFailure failure : each) {
                Set<TableName> tables = suspend(connection, failure, standing);
                if (error instanceof AlteredTables && !tables.isEmpty()) {
                    new TargetShapes(order.taskId()).distrust(connection, failure.table());
                }
                suspended.addAll(tables);
            }
            if (!suspended.isEmpty()) {
                LOG.warnf(error, "Tables are suspended: task=%s tables=%s", order.taskId(), suspended);
            }
            return !suspended.isEmpty();
        });
    }

    /** Of those that are apart only one that is just taken over can have failed here; it keeps its own position. */
    private Set<TableName> suspend(Connection connection, TableFailure failure, Standing standing) throws SQLException {
        Map<TableName, TableTurn> known = turns.read(connection);
        Set<TableName> tables = tables(failure);
        tables.removeIf(table -> apart(known.get(table)) && !returning(known.get(table)));
        turns.suspend(connection, tables, standing.topicOffset());
        for (TableName table : tables) {
            if (failure.statement() != null) {
                // Whoever carries it over by hand alters the columns.
                new TargetShapes(order.taskId())
                        .anyColumns(
                                connection, TableMapping.of(order.spec(), table).target());
            }
            suspensions.add(connection, table, failure, returning(known.get(table)) ? Lsn.ZERO : standing.appliedLsn());
        }
        return tables;
    }

    private static boolean apart(@Nullable TableTurn turn) {
        return turn != null && turn.step().apart();
    }

    private static boolean returning(@Nullable TableTurn turn) {
        return turn != null && turn.step() == TableTurn.Step.RETURNING;
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
