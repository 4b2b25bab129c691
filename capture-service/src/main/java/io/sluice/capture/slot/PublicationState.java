package io.sluice.capture.slot;

import io.sluice.postgres.PublicationNote;
import org.jspecify.annotations.Nullable;

/**
 * How a publication is, and what its comment says.
 *
 * @param oid changes when the publication is dropped and made again
 * @param begun the first record of the task has been in the change topic
 * @param gap why changes are missing since it was altered; null when none are
 * @param lineage the source as it was when capture last began; null when that is not known
 * @param selection of the order whose tables it lists; see {@link PublicationNote}
 * @param topic id of the change topic; null when it is not known
 * @param streamed which one is streamed in its place; null when none is, or it is not known
 * @param viaRoot partitions change under the name of their root; true where the version does not know that
 */
public record PublicationState(
        long oid,
        boolean begun,
        @Nullable String gap,
        @Nullable SourceLineage lineage,
        long selection,
        @Nullable String topic,
        @Nullable Long streamed,
        boolean allOperations,
        boolean allTables,
        boolean viaRoot) {}
