package io.sluice.apply.structure;

import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What the sequences of a task's source are called on its target. */
public final class SequenceNames {

    private final Names names;

    public SequenceNames(TaskSpec spec, Collection<TableMapping> mappings) {
        this.names = new Names(spec, mappings);
    }

    /** @param owner the table of the column that the sequence belongs to; null when it belongs to none */
    public TableName target(TableName sequence, @Nullable TableName owner) {
        return names.sequence(sequence, owner);
    }
}
