package io.sluice.apply.position;

/** Another run has claimed the task since, or has carried out a newer order; this one must write nothing more. */
public final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean outdated;

    public FencedException() {
        this("another instance has claimed the task, or it was ended", false);
    }

    private FencedException(String message, boolean outdated) {
        super(message);
        this.outdated = outdated;
    }

    /** @param noted the generation of the order that was carried out on the target last */
    static FencedException outdated(long generation, long noted) {
        return new FencedException(
                "The target has seen a newer order of this task (" + noted
                        + ") than the one that was to be carried out (" + generation
                        + "): another instance has the task. Nothing was written.",
                true);
    }

    /** There is a newer order; to claim the task again cannot help. */
    public boolean outdated() {
        return outdated;
    }
}
