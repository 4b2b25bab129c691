package io.sluice.apply.consume;

/** The run is to look at its tables anew, and to go on from what is stored; nothing is wrong. */
public final class BeginAgainException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BeginAgainException() {
        super("look at the tables anew", null, false, false);
    }
}
