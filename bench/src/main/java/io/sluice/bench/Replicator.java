package io.sluice.bench;

import java.util.Map;

/** A tool that follows the source into a database of its own on the target, by a slot that stays while the tool is held. */
interface Replicator extends AutoCloseable {

    String name();

    /** The target's database. */
    String database();

    /** The slot at the source, which is active exactly while changes are read. */
    String slot();

    /** Makes whatever it needs at the source and the target; returns when it streams. The source's tables are there, and empty. */
    void begin();

    /** Ends the reading; what the source writes from now on waits in its WAL. Returns when the slot is not active. */
    void hold();

    /** Begins to read what has been written, soon. */
    void release();

    /** @throws IllegalStateException when it has given up, with the reason */
    default void requireHealthy() {}

    /** The processes it consists of, besides the two servers: what each is called, and its id. */
    Map<String, Long> processes();

    @Override
    void close();
}
