package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Fields of the contract that a task may hold and that no service heeds yet. A task that uses one is not started:
 * leaving a filter out without a word would move the wrong rows. Whoever makes one work deletes its line here.
 */
final class UnfinishedFields {

    private final List<Violation> found = new ArrayList<>();

    private UnfinishedFields() {}

    /** @throws SluiceException {@code NOT_AVAILABLE} that names every such field */
    static void refuse(TaskSpec spec) {
        List<Violation> found = find(spec);
        if (!found.isEmpty()) {
            String fields = found.stream().map(Violation::field).distinct().collect(Collectors.joining(", "));
            throw new SluiceException("This version cannot do that yet: " + fields + ". Nothing was started.", found);
        }
    }

    static List<Violation> find(TaskSpec spec) {
        UnfinishedFields fields = new UnfinishedFields();
        fields.check("mode", spec.mode() == SyncMode.INCREMENTAL);
        fields.check("target.dialect", spec.dialect() != Dialect.POSTGRESQL);
        for (int i = 0; i < spec.choices().size(); i++) {
            fields.check("objects.include[" + i + "]", spec.choices().get(i));
        }
        fields.check(spec.structure());
        fields.check(spec.changes());
        fields.check("transforms", !spec.transforms().isEmpty());
        fields.check("fullLoad.maxRowsPerSecond", spec.loadLimits().maxRowsPerSecond() != null);
        fields.check("fullLoad.maxBytesPerSecond", spec.loadLimits().maxBytesPerSecond() != null);
        fields.check("fullLoad.maxQueriesPerSecond", spec.loadLimits().maxQueriesPerSecond() != null);
        fields.check("fullLoad.windows", !spec.loadLimits().windows().isEmpty());
        fields.check("incremental.maxRowsPerSecond", spec.changeLimits().maxRowsPerSecond() != null);
        fields.check("incremental.maxBytesPerSecond", spec.changeLimits().maxBytesPerSecond() != null);
        fields.check("alerts.lagThresholdSeconds", spec.lagThresholdSeconds() != null);
        return List.copyOf(fields.found);
    }

    private void check(String field, TableChoice choice) {
        check(field + ".targetSchema", choice.targetSchema() != null);
        check(field + ".targetTable", choice.targetTable() != null);
        check(field + ".columns", choice.columns() != null);
        check(field + ".filter", choice.filter() != null);
        check(field + ".distribution", choice.distribution() != null);
    }

    private void check(StructureChoice structure) {
        check("structure.enabled", !structure.enabled());
        check("structure.kinds", structure.kinds() != null);
        check("structure.existingTable", structure.existingTable() != StructureChoice.ExistingTable.FAIL);
        check("structure.nameCase", structure.nameCase() != StructureChoice.NameCase.SOURCE);
    }

    private void check(ChangeChoice changes) {
        check("changes.operations", !changes.operations().equals(ChangeChoice.DEFAULT.operations()));
        check("changes.conflict", changes.conflict() != ChangeChoice.Conflict.OVERWRITE);
        check("changes.lanes", changes.lanes() > 1);
    }

    private void check(String field, boolean used) {
        if (used) {
            found.add(new Violation(field, ErrorCode.NOT_AVAILABLE, "does not work yet; leave it at its default."));
        }
    }
}
