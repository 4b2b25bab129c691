package io.sluice.apply.consume;

import io.sluice.apply.change.LeftOut;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.exception.ExceptionDesk;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.exception.SuspensionDesk;
import io.sluice.apply.exception.SuspensionTable;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.TableLock;
import io.sluice.apply.write.TargetWriter;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Set;

/**
 * What users ask for tables whose changes the stream passes over: that they go on, or that changes of them are retried or
 * left out which the target had refused before. Such a table is on the target as it was when it was suspended. One use per
 * run; not thread-safe.
 */
public final class SuspendedTables {

    private final String taskId;
    private final WriterSetup setup;
    private final TableTurns turns;
    private final SuspensionTable notes;
    private final SuspensionDesk desk;
    private final Set<LeftOut> leftOut;
    private final boolean any;
    private boolean news;

    /**
     * @param setup makes writers for all tables
     */
    public SuspendedTables(String taskId, WriterSetup setup, DatabaseSession target) {
        this.taskId = taskId;
        this.setup = setup;
        this.turns = new TableTurns(taskId);
        this.notes = new SuspensionTable(taskId);
        this.desk = new SuspensionDesk(taskId);
        this.leftOut = target.inTransaction("reading what is left out", notes::leftOut);
        this.any = target.inTransaction(
                "reading what is suspended",
                connection ->
                        desk.any(connection) || !turns.suspended(connection).isEmpty());
    }

    /** Changes that users have left out. */
    Set<LeftOut> leftOut() {
        return leftOut;
    }

    /** Somebody may ask for something at any time. */
    boolean any() {
        return any;
    }

    /** How many tables are suspended, or not back yet. */
    int count(Connection target) throws SQLException {
        return any ? turns.suspended(target).size() : 0;
    }

    /**
     * Carries out what is asked for by now, in the transaction that the connection has open.
     *
     * @param applied up to here the stream has applied everything
     */
    void attend(Connection target, Lsn applied) throws SQLException {
        if (any) {
            attendRows(target);
            news = desk.attend(target, applied);
        }
    }

    /** The tables go on with the stream, in this transaction. */
    void over(Connection target, Set<TableName> tables) throws SQLException {
        notes.over(target, tables);
    }

    /**
     * What {@link #attend} has done is committed.
     *
     * @throws BeginAgainException when the run must look at its tables anew
     */
    void attended() {
        if (news) {
            throw new BeginAgainException();
        }
    }

    private void attendRows(Connection target) throws SQLException {
        Set<TableName> suspended = turns.passedOver(target);
        Exceptions exceptions = Exceptions.readOnly(target, taskId, suspended);
        if (!exceptions.asked(target)) {
            return;
        }
        Savepoint before = target.setSavepoint();
        try (TargetWriter writer = setup.only(suspended).writer(target, exceptions)) {
            new ExceptionDesk(exceptions, writer::write).attend(target);
        } catch (SQLException e) {
            // What waits for a table that nobody else waits for does not hold the stream up.
            if (!TableLock.is(e)) {
                throw e;
            }
            decline(target, before, suspended, PostgresErrors.explain(e, "writing to a suspended table"));
        } catch (SluiceException e) {
            if (!(e instanceof TableFailure)
                    && e.code() != ErrorCode.OBJECT_LOCKED
                    && e.code().retry() != ErrorCode.Retry.NEVER) {
                throw e;
            }
            decline(target, before, suspended, e);
        }
        target.releaseSavepoint(before);
    }

    private void decline(Connection target, Savepoint before, Set<TableName> suspended, SluiceException cause)
            throws SQLException {
        target.rollback(before);
        Exceptions.readOnly(target, taskId, suspended).decline(target, cause.code() + ": " + cause.getMessage());
    }
}
