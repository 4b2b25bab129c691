package io.sluice.capture.publish;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import org.jspecify.annotations.Nullable;

/** Told of each committed Kafka transaction, on the publisher's thread. */
@FunctionalInterface
public interface PublishListener {

    void committed(Committed committed);

    /**
     * @param last position of its last record
     * @param safe what the source may forget; null when no source transaction was completed
     * @param changes row changes and truncates
     * @param bytes of keys and values, uncompressed
     * @param newestSourceMillis the source's clock when its newest record was committed there
     */
    record Committed(ChangePosition last, @Nullable Lsn safe, int changes, long bytes, long newestSourceMillis) {}
}
