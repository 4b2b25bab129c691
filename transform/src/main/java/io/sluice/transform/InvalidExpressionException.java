package io.sluice.transform;

/** An expression that cannot be carried out, whatever the rows are. The message begins with the place, as in {@code 1:15}. */
public final class InvalidExpressionException extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param place {@code line:column}, both counted from 1 */
    InvalidExpressionException(String place, String message) {
        super(place + ": " + message);
    }
}
