package io.sluice.bench;

import java.util.Map;

/** A tool that reads the source's changes by a slot of its own and does nothing with them that a target would see. */
interface Reader extends AutoCloseable {

    String name();

    String slot();

    void begin();

    /** What the source writes from now on waits in its WAL. */
    void hold();

    /**
     * Reads a turn of a backlog to its end.
     *
     * @param started is run once the slot is active
     */
    void read(Backlog backlog, int turn, double scale, Runnable started);

    /** @throws IllegalStateException when what was read last is not every change exactly once */
    void verify(Backlog backlog, double scale);

    /** The processes it consists of, besides the source. */
    Map<String, Long> processes();

    @Override
    void close();
}
