package io.sluice.contracts.error;

/** Who can end an error. */
public enum Actor {
    /** The caller, by another request. */
    USER,
    /** Whoever runs the source database. */
    SOURCE,
    /** Whoever runs the target database. */
    TARGET,
    /** Whoever runs Sluice and its Kafka. */
    OPERATOR
}
