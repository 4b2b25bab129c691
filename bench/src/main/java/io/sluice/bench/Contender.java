package io.sluice.bench;

/** A tool that copies a database. */
interface Contender {

    String name();

    /** Copies everything from a database of the source into an empty one of the target; returns how many seconds that took. */
    double copy(String source, String target);
}
