package io.sluice.contracts.secret;

import java.util.Objects;

/** A credential in clear, in memory only. It prints as {@code ***} and cannot be serialised. */
public final class Secret {

    private final String clear;

    public Secret(String clear) {
        this.clear = Objects.requireNonNull(clear, "secret");
    }

    /** The credential itself; only for handing it to the driver that needs it. */
    public String reveal() {
        return clear;
    }

    @Override
    public String toString() {
        return "***";
    }
}
