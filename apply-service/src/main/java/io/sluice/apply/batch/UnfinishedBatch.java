package io.sluice.apply.batch;

import io.sluice.apply.batch.LaneLayout.Part;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import java.util.List;
import java.util.Set;

/**
 * What a run has left that ended when some of its lanes had committed a batch and others had not. Immutable.
 *
 * @param layout by which the batch was divided
 * @param done the lanes that have committed it
 * @param end the offset of the first record after the batch
 */
public record UnfinishedBatch(LaneLayout layout, Set<Integer> done, long end) {

    public UnfinishedBatch {
        done = Set.copyOf(done);
    }

    /** What is not on the target of a change of the batch. */
    public List<RowChange> missing(RowChange change) {
        List<Part> parts = layout.parts(change);
        List<RowChange> missing = parts.stream()
                .filter(part -> !done.contains(part.lane()))
                .map(Part::change)
                .toList();
        return missing.size() == parts.size() ? List.of(change) : missing;
    }
}
