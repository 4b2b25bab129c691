package io.sluice.contracts.report;

import java.time.Instant;

/**
 * One record of {@code sluice.reports}: a fact that a service saw while it worked on an order. A lost or repeated
 * report does no harm: facts are states, not increments.
 *
 * @param generation of the order that the service worked on; task-api drops reports of older ones
 * @param instance which instance of the service, for people to read
 */
public record TaskReport(String taskId, long generation, Service service, String instance, Instant at, Fact fact) {

    /** The services that work on orders. */
    public enum Service {
        CAPTURE,
        APPLY
    }
}
