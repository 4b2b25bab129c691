package io.sluice.apply.change;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import org.jspecify.annotations.Nullable;

/** An error that belongs to one table: without its changes those of all others could go on. */
public final class TableFailure extends SluiceException {

    private static final long serialVersionUID = 1L;

    private final transient TableName table;
    private final boolean onTarget;
    private final transient @Nullable ChangePosition position;
    private final @Nullable String statement;
    private final long commitMillis;

    private TableFailure(
            ErrorCode code,
            String detail,
            @Nullable Throwable cause,
            TableName table,
            boolean onTarget,
            @Nullable ChangeRecord change) {
        super(code, detail, cause);
        this.table = table;
        this.onTarget = onTarget;
        this.position = change == null ? null : change.position();
        this.statement = change instanceof Ddl ddl ? ddl.statement() : null;
        this.commitMillis = change instanceof Ddl ddl ? ddl.commitMillis() : 0;
    }

    /** @param table of the source */
    public static TableFailure ofSource(TableName table, ErrorCode code, String detail) {
        return new TableFailure(code, detail, null, table, false, null);
    }

    /** @param table of the target; it belongs to every table of the source that fills it */
    public static TableFailure ofTarget(TableName table, ErrorCode code, String detail) {
        return new TableFailure(code, detail, null, table, true, null);
    }

    /** @param table as above */
    public static TableFailure ofTarget(TableName table, SluiceException cause) {
        return new TableFailure(cause.code(), String.valueOf(cause.getMessage()), cause.getCause(), table, true, null);
    }

    /**
     * Without this change the table could go on, too.
     *
     * @param table of the source, or whatever else a command has changed
     */
    public static TableFailure ofChange(
            TableName table, ChangeRecord change, ErrorCode code, String detail, @Nullable Throwable cause) {
        return new TableFailure(code, detail, cause, table, false, change);
    }

    public TableName table() {
        return table;
    }

    /** The table is named as on the target. */
    public boolean onTarget() {
        return onTarget;
    }

    /** Of the change that cannot be applied; null when it is not one change. */
    public @Nullable ChangePosition position() {
        return position;
    }

    /** The command that was not carried over, as the client had sent it; null when it is no command. */
    public @Nullable String statement() {
        return statement;
    }

    /** Of the command. */
    public long commitMillis() {
        return commitMillis;
    }
}
