package io.sluice.apply.position;

/** Another instance works on the task now; this one must stop writing, without a word to anybody. */
public final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FencedException() {
        super("another instance has claimed the task, or it was ended");
    }
}
