package io.sluice.apply.change;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import org.jspecify.annotations.Nullable;

/** A table of the target is locked by somebody. That passes, so it becomes an error of the table only when it does not. */
public final class LockedTable extends SluiceException {

    private static final long serialVersionUID = 1L;

    private static final String GOES_ON = ". The task goes on by itself when the lock is gone.";

    private final transient TableName table;
    private final String what;

    /**
     * @param table of the target
     * @param what who locks it, without a full stop
     */
    public LockedTable(TableName table, String what, @Nullable Throwable cause) {
        super(ErrorCode.OBJECT_LOCKED, what + GOES_ON, cause);
        this.table = table;
        this.what = what;
    }

    /** Where it is not known which table it is. */
    public static SluiceException unknown(String what, @Nullable Throwable cause) {
        return new SluiceException(ErrorCode.OBJECT_LOCKED, what + GOES_ON, cause);
    }

    /** It was tried long enough. */
    public TableFailure failure() {
        return TableFailure.ofTarget(
                table,
                ErrorCode.OBJECT_LOCKED,
                what + ". The task has tried again for as long as it may. Retry when the lock is gone.");
    }
}
