package io.sluice.apply.structure;

/** It is not certain what a definition becomes under the names of the target. The message is a clause: "it uses …". */
public final class RenameException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RenameException(String why) {
        super(why);
    }
}
