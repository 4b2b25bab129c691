package io.sluice.apply.exception;

import io.sluice.apply.change.RowIdentity;
import io.sluice.apply.exception.Exceptions.Notice;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code _sluice.exception} of the target. Every method runs in the transaction of the connection it is given.
 * The task API reads the table, and writes into {@code wish} what its user asks for. Stateless.
 */
final class ExceptionTable {

    private static final String TRUNCATE = "TRUNCATE";

    /** feature_not_supported */
    private static final String NOT_SUPPORTED = "0A000";

    private final String taskId;

    ExceptionTable(String taskId) {
        this.taskId = taskId;
    }

    /** What becomes of an exception; stored by name. */
    enum State {
        OPEN,
        RETRIED,
        SKIPPED
    }

    /** What a user asks for; stored by name. */
    enum Wish {
        RETRY,
        SKIP
    }

    /** The rows of every open exception by its number, in order. */
    Map<Long, OpenRows> open(Connection target) throws SQLException {
        Map<Long, OpenRows> open = new LinkedHashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT number, schema_name, table_name, row_ids, key_columns,
                    ARRAY(SELECT json_object_keys(coalesce(before, after)::json))
                FROM _sluice.exception
                WHERE task_id = ? AND state = 'OPEN' AND""" + SuspensionTable.OTHERS + "ORDER BY number")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    open.put(
                            row.getLong(1),
                            new OpenRows(
                                    new RowIdentity(
                                            new TableName(row.getString(2), row.getString(3)),
                                            RowIdentity.columns(texts(row, 5), texts(row, 6)),
                                            Set.copyOf(texts(row, 4))),
                                    ChangePosition.START));
                }
            }
        }
        return open;
    }

    /**
     * What an open exception stands in the way of.
     *
     * @param position of its change; the start for one of an earlier run, which is before whatever comes now
     */
    record OpenRows(RowIdentity rows, ChangePosition position) {

        TableName table() {
            return rows.table();
        }
    }

    /** Nobody else adds exceptions to the task until the transaction ends. */
    long lockedLastNumber(Connection target) throws SQLException {
        try (PreparedStatement lock =
                target.prepareStatement("SELECT pg_advisory_xact_lock(hashtext('_sluice.exception'), hashtext(?))")) {
            lock.setString(1, taskId);
            lock.execute();
        }
        try (PreparedStatement statement =
                target.prepareStatement("SELECT coalesce(max(number), 0) FROM _sluice.exception WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    void insert(Connection target, List<OpenException> exceptions) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.exception (task_id, number, schema_name, table_name, operation, key_columns, before,
                    after, row_ids, sql_state, message, commit_lsn, xid, commit_order, committed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?, ?, ?)""")) {
            for (OpenException exception : exceptions) {
                statement.setString(1, taskId);
                statement.setLong(2, exception.number());
                setChange(statement, exception.change());
                statement.setArray(9, texts(target, exception.rows().rows()));
                statement.setString(10, exception.sqlState());
                statement.setString(11, exception.message());
                ChangePosition position = exception.change().position();
                statement.setString(12, position.commitLsn().toString());
                statement.setLong(13, position.xid());
                statement.setLong(14, position.order());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    void insertNotice(Connection target, long number, TableName table, Notice what, String message)
            throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.exception (task_id, number, schema_name, table_name, operation, key_columns, row_ids,
                    sql_state, message, commit_lsn, xid, commit_order, committed_at)
                VALUES (?, ?, ?, ?, ?, '{}', '{}', ?, ?, '0/0', 0, 0, now())""")) {
            statement.setString(1, taskId);
            statement.setLong(2, number);
            setTable(statement, table, what.name());
            statement.setString(6, NOT_SUPPORTED);
            statement.setString(7, message);
            statement.executeUpdate();
        }
    }

    boolean isNotice(Connection target, long number) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT 1 FROM _sluice.exception WHERE task_id = ? AND number = ? AND operation = ANY (?)")) {
            statement.setString(1, taskId);
            statement.setLong(2, number);
            statement.setArray(
                    3,
                    texts(target, Stream.of(Notice.values()).map(Notice::name).toList()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** The same change, written with other names of columns. */
    void rewrite(Connection target, long number, RowChange change, RowIdentity rows) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.exception SET key_columns = ?, before = ?::jsonb, after = ?::jsonb, row_ids = ?
                WHERE task_id = ? AND number = ?""")) {
            statement.setArray(1, texts(target, change.key()));
            statement.setString(2, RowJson.write(change.before()));
            statement.setString(3, RowJson.write(change.after()));
            statement.setArray(4, texts(target, rows.rows()));
            statement.setString(5, taskId);
            statement.setLong(6, number);
            statement.executeUpdate();
        }
    }

    /** The same is open already. */
    boolean isNoticed(Connection target, TableName table, Notice what, String message) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT 1 FROM _sluice.exception
                WHERE task_id = ? AND state = 'OPEN' AND schema_name = ? AND table_name = ? AND operation = ? AND message = ?
                """)) {
            statement.setString(1, taskId);
            statement.setString(2, table.schema());
            statement.setString(3, table.table());
            statement.setString(4, what.name());
            statement.setString(5, message);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private static void setChange(PreparedStatement statement, ChangeRecord change) throws SQLException {
        switch (change) {
            case RowChange row -> {
                setTable(statement, row.table(), row.operation().name());
                statement.setArray(6, texts(statement.getConnection(), row.key()));
                statement.setString(7, RowJson.write(row.before()));
                statement.setString(8, RowJson.write(row.after()));
                statement.setTimestamp(15, new Timestamp(row.commitMillis()));
            }
            case Truncate truncate -> {
                setTable(statement, truncate.table(), TRUNCATE);
                statement.setArray(6, texts(statement.getConnection(), List.of()));
                statement.setString(7, null);
                statement.setString(8, null);
                statement.setTimestamp(15, new Timestamp(truncate.commitMillis()));
            }
            case ChangeRecord.TooLarge large -> throw noRows();
            case ChangeRecord.Ddl ddl -> throw noRows();
            case ChangeRecord.TransactionEnd end -> throw noRows();
            case ChangeRecord.Heartbeat heartbeat -> throw noRows();
        }
    }

    private static IllegalArgumentException noRows() {
        return new IllegalArgumentException("exception: not of a change of rows");
    }

    private static void setTable(PreparedStatement statement, TableName table, String operation) throws SQLException {
        statement.setString(3, table.schema());
        statement.setString(4, table.table());
        statement.setString(5, operation);
    }

    /**
     * What users ask for, oldest first.
     *
     * @param among the numbers of these exceptions
     */
    Map<Long, Wish> wishes(Connection target, Collection<Long> among) throws SQLException {
        Map<Long, Wish> wishes = new LinkedHashMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT number, wish FROM _sluice.exception
                WHERE task_id = ? AND state = 'OPEN' AND wish IS NOT NULL AND number = ANY (?)
                ORDER BY number LIMIT 100""")) {
            statement.setString(1, taskId);
            statement.setArray(2, target.createArrayOf("int8", among.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    wishes.put(row.getLong(1), Wish.valueOf(row.getString(2)));
                }
            }
        }
        return wishes;
    }

    /** Null when it is not open any more. */
    @Nullable
    OpenException find(Connection target, long number) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, operation, key_columns, before, after, row_ids, sql_state, message,
                       commit_lsn, xid, commit_order, committed_at
                FROM _sluice.exception WHERE task_id = ? AND number = ? AND state = 'OPEN'""")) {
            statement.setString(1, taskId);
            statement.setLong(2, number);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? exception(number, row) : null;
            }
        }
    }

    private static OpenException exception(long number, ResultSet row) throws SQLException {
        TableName table = new TableName(row.getString(1), row.getString(2));
        ChangePosition position = new ChangePosition(Lsn.parse(row.getString(10)), row.getLong(11), row.getLong(12));
        long millis = row.getTimestamp(13).getTime();
        String operation = row.getString(3);
        ChangeRecord change = operation.equals(TRUNCATE)
                ? new Truncate(table, position, millis)
                : new RowChange(
                        Operation.valueOf(operation),
                        table,
                        texts(row, 4),
                        position,
                        RowJson.read(row.getString(5)),
                        RowJson.read(row.getString(6)),
                        millis);
        return new OpenException(
                number,
                change,
                change instanceof RowChange of
                        ? new RowIdentity(table, RowIdentity.columns(of), Set.copyOf(texts(row, 7)))
                        : RowIdentity.ofNoRows(table),
                row.getString(8),
                String.valueOf(row.getString(9)));
    }

    void close(Connection target, long number, State state) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.exception SET state = ?, wish = NULL, updated_at = now()
                WHERE task_id = ? AND number = ?""")) {
            statement.setString(1, state.name());
            statement.setString(2, taskId);
            statement.setLong(3, number);
            statement.executeUpdate();
        }
    }

    /** It stays open as it is. */
    void decline(Connection target, long number) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "UPDATE _sluice.exception SET wish = NULL, updated_at = now() WHERE task_id = ? AND number = ?")) {
            statement.setString(1, taskId);
            statement.setLong(2, number);
            statement.executeUpdate();
        }
    }

    /** It stays open, for this reason. */
    void refuse(Connection target, long number, @Nullable String sqlState, String message) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.exception SET wish = NULL, sql_state = ?, message = ?, updated_at = now()
                WHERE task_id = ? AND number = ?""")) {
            statement.setString(1, sqlState);
            statement.setString(2, message);
            statement.setString(3, taskId);
            statement.setLong(4, number);
            statement.executeUpdate();
        }
    }

    private static List<String> texts(ResultSet row, int column) throws SQLException {
        return List.of((String[]) row.getArray(column).getArray());
    }

    private static Array texts(Connection connection, Collection<String> texts) throws SQLException {
        return connection.createArrayOf("text", texts.toArray());
    }
}
