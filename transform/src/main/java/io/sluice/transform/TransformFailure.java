package io.sluice.transform;

import dev.cel.common.CelErrorCode;

/** An expression that failed on one row. */
public final class TransformFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String cause;
    private final boolean undecidable;

    private TransformFailure(String cause, String message, boolean undecidable) {
        super(message, null, false, false);
        this.cause = cause;
        this.undecidable = undecidable;
    }

    static TransformFailure failed(String place, CelErrorCode code, String words) {
        return new TransformFailure(code + " at " + place, words + " (at " + place + ")", false);
    }

    /** @param words without any value of the row */
    static TransformFailure unfit(String place, String words) {
        String text = words + " (at " + place + ")";
        return new TransformFailure(text, text, false);
    }

    static TransformFailure missing(String place, String column) {
        String text =
                "the source has not sent column " + column + ", which did not change, and the expression looks at it";
        return new TransformFailure(text, text + " (at " + place + ")", true);
    }

    /** Why, without any value of the row: for logs. */
    public String withoutData() {
        return cause;
    }

    /** It is not the expression: the change does not carry all that it needs. */
    public boolean undecidable() {
        return undecidable;
    }
}
