package io.sluice.capture;

/** What one task counts and shows. Thread-safe. */
public interface CaptureMeter {

    /** Counts nothing. */
    CaptureMeter NONE = new CaptureMeter() {
        @Override
        public void extracted(int rows, long bytes) {}

        @Override
        public void looked(long lagMillis, long retainedBytes) {}
    };

    /** Changes were committed to the change topic. */
    void extracted(int rows, long bytes);

    /** The source was looked at. */
    void looked(long lagMillis, long retainedBytes);
}
