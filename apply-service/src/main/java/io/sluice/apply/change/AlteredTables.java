package io.sluice.apply.change;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.List;

/** Tables of the target that somebody has altered by hand: an error of each of them, found at the same time. */
public final class AlteredTables extends SluiceException {

    private static final long serialVersionUID = 1L;

    private final transient List<TableFailure> each;

    /**
     * @param detail for a task that stops
     * @param each for a table that is suspended
     */
    public AlteredTables(String detail, List<TableFailure> each) {
        super(ErrorCode.SCHEMA_CHANGED, detail);
        this.each = List.copyOf(each);
    }

    public List<TableFailure> each() {
        return each;
    }
}
