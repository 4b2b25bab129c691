package io.sluice.postgres.dialect;

/** The target has no way to say what the source says. The message is a clause about the target: "it has no …". */
public final class UnsupportedDdlException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnsupportedDdlException(String why) {
        super(why);
    }
}
