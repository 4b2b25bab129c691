package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
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
        fields.check(
                "target.dialect",
                spec.dialect() == Dialect.OPENGAUSS || spec.dialect() == Dialect.GAUSSDB_DISTRIBUTED,
                "does not work yet: tables and rows are written as "
                        + spec.dialect().label()
                        + " takes them, but what Sluice keeps in the schema _sluice of the target needs statements of"
                        + " PostgreSQL that it lacks. Choose postgresql or citus, if the target is one.");
        return List.copyOf(fields.found);
    }

    private void check(String field, boolean used, String why) {
        if (used) {
            found.add(new Violation(field, ErrorCode.NOT_AVAILABLE, why));
        }
    }
}
