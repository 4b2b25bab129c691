package io.sluice.placement;

import io.sluice.contracts.report.TaskReport;

/** Where reports go. Thread-safe. */
interface Reports {

    /** Does not wait for Kafka; see {@link RunContext#report}. */
    void send(TaskReport report);

    /** The name of this instance, for people to read. */
    String instance();
}
