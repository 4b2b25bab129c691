package io.sluice.apply.consume;

/** The run is to look at its tables anew, and to go on from what is stored; nothing is wrong. */
public final class BeginAgainException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean alone;

    public BeginAgainException() {
        this(false);
    }

    /** @param alone nothing may be loaded beside the stream at first */
    BeginAgainException(boolean alone) {
        super("look at the tables anew", null, false, false);
        this.alone = alone;
    }

    /** Nothing may be loaded beside the stream at first. */
    public boolean alone() {
        return alone;
    }
}
