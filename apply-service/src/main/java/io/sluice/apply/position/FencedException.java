package io.sluice.apply.position;

/** Another run has claimed the task since; this one must write nothing more. */
public final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FencedException() {
        super("another instance has claimed the task, or it was ended");
    }
}
