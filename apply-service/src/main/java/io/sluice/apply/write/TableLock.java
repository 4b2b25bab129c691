package io.sluice.apply.write;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import java.sql.SQLException;

/** A wait for a lock was given up in a statement that is about one table. */
public final class TableLock extends SQLException {

    private static final long serialVersionUID = 1L;

    private final transient TableName table;
    private final boolean command;

    private TableLock(TableName table, boolean command, SQLException cause) {
        super(cause.getMessage(), cause.getSQLState(), cause);
        this.table = table;
        this.command = command;
    }

    /**
     * What a statement has failed with, by the name of its table if that is a lock.
     *
     * @param table of the target
     * @param command readers of the table are in its way, too
     */
    public static SQLException named(SQLException error, TableName table, boolean command) {
        return is(error) ? new TableLock(table, command, error) : error;
    }

    public static boolean is(SQLException error) {
        return PostgresErrors.classify(error) == ErrorCode.OBJECT_LOCKED;
    }

    TableName table() {
        return table;
    }

    boolean command() {
        return command;
    }
}
