package io.sluice.apply.exception;

import io.sluice.apply.change.LeftOut;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.exception.ExceptionTable.State;
import io.sluice.apply.exception.ExceptionTable.Wish;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Errors that belong to one table in the table {@code _sluice.exception} of the target, beside the changes that were
 * refused: at most one of a table is open. Every method runs in the transaction of the connection it is given. Stateless.
 */
public final class SuspensionTable {

    /** A command that was not carried over. */
    static final String DDL = "DDL";

    /** Any other error. */
    static final String SUSPENSION = "SUSPENSION";

    private static final String OURS = " operation IN ('" + DDL + "', '" + SUSPENSION + "') ";

    /** What is not one of them. */
    static final String OTHERS = " operation NOT IN ('" + DDL + "', '" + SUSPENSION + "') ";

    private final String taskId;
    private final ExceptionTable exceptions;

    public SuspensionTable(String taskId) {
        this.taskId = taskId;
        this.exceptions = new ExceptionTable(taskId);
    }

    /** Those that are open, oldest first. */
    public List<Suspension> open(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT number, schema_name, table_name, code, message, statement, commit_lsn, xid, commit_order,
                       created_at, wish
                FROM _sluice.exception WHERE task_id = ? AND state = 'OPEN' AND""" + OURS + "ORDER BY number")) {
            statement.setString(1, taskId);
            List<Suspension> open = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String wish = row.getString(11);
                    open.add(new Suspension(
                            row.getLong(1),
                            new TableName(row.getString(2), row.getString(3)),
                            ErrorCode.valueOf(row.getString(4)),
                            String.valueOf(row.getString(5)),
                            row.getString(6),
                            new ChangePosition(Lsn.parse(row.getString(7)), row.getLong(8), row.getLong(9)),
                            row.getTimestamp(10).toInstant(),
                            wish == null ? null : Wish.valueOf(wish)));
                }
            }
            return open;
        }
    }

    /**
     * Notes why a table cannot go on. The same error once more is the same exception, and what was asked for is answered by
     * it; another one of the table has been got over.
     *
     * @param table of the source; it need not be the one that the failure names
     * @param applied where the table stands at least
     */
    public void add(Connection target, TableName table, TableFailure failure, Lsn applied) throws SQLException {
        ChangePosition position = failure.position();
        Lsn stands = applied;
        boolean known = false;
        for (Suspension one : open(target)) {
            if (!one.table().equals(table)) {
                continue;
            }
            stands = one.position().commitLsn().isAfter(stands) ? one.position().commitLsn() : stands;
            if (one.code() == failure.code()
                    && (position == null ? !one.ofOneChange() : one.position().equals(position))) {
                known = true;
                exceptions.refuse(target, one.number(), null, String.valueOf(failure.getMessage()));
            } else {
                exceptions.close(target, one.number(), State.RETRIED);
            }
        }
        if (!known) {
            insert(target, table, failure, Objects.requireNonNullElse(position, new ChangePosition(stands, 0, 0)));
        }
    }

    private void insert(Connection target, TableName table, TableFailure failure, ChangePosition position)
            throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.exception (task_id, number, schema_name, table_name, operation, key_columns, row_ids,
                    message, commit_lsn, xid, commit_order, committed_at, code, statement)
                VALUES (?, ?, ?, ?, ?, '{}', '{}', ?, ?, ?, ?, coalesce(?, now()), ?, ?)""")) {
            statement.setString(1, taskId);
            statement.setLong(2, exceptions.lockedLastNumber(target) + 1);
            statement.setString(3, table.schema());
            statement.setString(4, table.table());
            statement.setString(5, failure.statement() == null ? SUSPENSION : DDL);
            statement.setString(6, failure.getMessage());
            statement.setString(7, position.commitLsn().toString());
            statement.setLong(8, position.xid());
            statement.setLong(9, position.order());
            statement.setTimestamp(10, failure.statement() == null ? null : new Timestamp(failure.commitMillis()));
            statement.setString(11, failure.code().name());
            statement.setString(12, failure.statement());
            statement.executeUpdate();
        }
    }

    /** The changes that users have left out for good. */
    public Set<LeftOut> leftOut(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, commit_lsn, xid, commit_order FROM _sluice.exception
                WHERE task_id = ? AND state = 'SKIPPED' AND commit_order > 0 AND""" + OURS)) {
            statement.setString(1, taskId);
            Set<LeftOut> leftOut = new HashSet<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    leftOut.add(new LeftOut(
                            new TableName(row.getString(1), row.getString(2)),
                            new ChangePosition(Lsn.parse(row.getString(3)), row.getLong(4), row.getLong(5))));
                }
            }
            return leftOut;
        }
    }

    void close(Connection target, Suspension one, State state) throws SQLException {
        exceptions.close(target, one.number(), state);
    }

    void decline(Connection target, Suspension one, String why) throws SQLException {
        exceptions.refuse(target, one.number(), null, why);
    }

    /** These tables go on with the stream. */
    public void over(Connection target, Set<TableName> tables) throws SQLException {
        for (Suspension one : open(target)) {
            if (tables.contains(one.table())) {
                close(target, one, State.RETRIED);
            }
        }
    }
}
