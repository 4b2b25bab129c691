package io.sluice.transform;

/** A value that cannot be read, or that a function or a column does not take. The message holds no row data. */
final class UnfitValueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnfitValueException(String message) {
        super(message, null, false, false);
    }
}
