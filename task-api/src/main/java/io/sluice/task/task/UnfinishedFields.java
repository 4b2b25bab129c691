package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.Dialect;
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
        boolean gauss = spec.mode().streams()
                && (spec.dialect() == Dialect.OPENGAUSS || spec.dialect() == Dialect.GAUSSDB_DISTRIBUTED);
        fields.check(
                "changes.lanes",
                gauss && spec.changes().lanes() > 1,
                "does not work yet with the dialect " + spec.dialect().label()
                        + ": one lane carries all changes there.");
        fields.check(
                "changes.operations",
                gauss && spec.changes().operations().contains(Operation.DDL),
                "DDL is not carried over to the dialect " + spec.dialect().label()
                        + " yet. Leave it out; a change of columns stops the task and is named.");
        return List.copyOf(fields.found);
    }

    private void check(String field, boolean used, String why) {
        if (used) {
            found.add(new Violation(field, ErrorCode.NOT_AVAILABLE, why));
        }
    }
}
