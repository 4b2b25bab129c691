package io.sluice.apply.load;

/** Hears what the load does, for metrics. Thread-safe. */
public interface LoadMeter {

    /** Rows and bytes that have gone over the wire; those of a piece that is copied again count again. */
    void passed(long rows, long bytes);
}
