package io.sluice.apply.cutover;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.FencedException;
import io.sluice.contracts.report.Fact.CutoverState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What a cutover did to the source, kept on the target so that whoever takes the task over can undo it. Every method runs
 * in the transaction of the connection it is given. Stateless.
 */
final class CutoverNotes {

    private final String taskId;
    private final int number;

    CutoverNotes(String taskId, int number) {
        this.taskId = taskId;
        this.number = number;
    }

    void prepare(Connection target, Bookkeeping bookkeeping) throws SQLException {
        bookkeeping.prepare(target);
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.cutover (task_id, number)
                SELECT ?::text, ?::integer
                WHERE NOT EXISTS (SELECT 1 FROM _sluice.cutover WHERE task_id = ? AND number = ?)""")) {
            set(statement, 1);
            set(statement, 3);
            statement.executeUpdate();
        }
    }

    /** How this cutover has ended without a fence; null when it has not. */
    @Nullable
    CutoverState ended(Connection target) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT ended FROM _sluice.cutover WHERE task_id = ? AND number = ?")) {
            set(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getString(1) != null ? CutoverState.valueOf(row.getString(1)) : null;
            }
        }
    }

    /**
     * Keeps it from being ended otherwise until this transaction has.
     *
     * @throws FencedException when it was aborted or has failed
     */
    void requireOpen(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT 1 FROM _sluice.cutover WHERE task_id = ? AND number = ? AND ended IS NULL FOR UPDATE")) {
            set(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new FencedException();
                }
            }
        }
    }

    void end(Connection target, CutoverState how) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "UPDATE _sluice.cutover SET ended = ? WHERE task_id = ? AND number = ? AND ended IS NULL")) {
            statement.setString(1, how.name());
            set(statement, 2);
            statement.executeUpdate();
        }
    }

    /** Whether this cutover has made the source's database read-only. */
    boolean madeReadOnly(Connection target) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT read_only FROM _sluice.cutover WHERE task_id = ? AND number = ?")) {
            set(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    static boolean anyReadOnly(Connection target, String taskId) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT coalesce(bool_or(read_only), false) FROM _sluice.cutover WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    static void forgetReadOnly(Connection target, String taskId) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("UPDATE _sluice.cutover SET read_only = false WHERE task_id = ?")) {
            statement.setString(1, taskId);
            statement.executeUpdate();
        }
    }

    void readOnly(Connection target, boolean made) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("UPDATE _sluice.cutover SET read_only = ? WHERE task_id = ? AND number = ?")) {
            statement.setBoolean(1, made);
            set(statement, 2);
            statement.executeUpdate();
        }
    }

    private void set(PreparedStatement statement, int from) throws SQLException {
        statement.setString(from, taskId);
        statement.setInt(from + 1, number);
    }
}
