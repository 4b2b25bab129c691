package io.sluice.apply.write;

/** A change that the target cannot take, for a reason that the change itself has. The message holds no row data. */
final class RefusedChange extends Exception {

    private static final long serialVersionUID = 1L;

    /** The standard's class for "no data": the row is not there. */
    static final String NO_DATA = "02000";

    /** The standard's class for a "data exception". */
    static final String DATA = "22000";

    private final String sqlState;

    RefusedChange(String sqlState, String message) {
        super(message);
        this.sqlState = sqlState;
    }

    String sqlState() {
        return sqlState;
    }
}
