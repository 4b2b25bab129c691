package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.Transform;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import io.sluice.transform.RowTransform;
import io.sluice.transform.Value;
import io.sluice.transform.WrittenColumns;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Whether transforms fit their tables, changes carry what the expressions look at, and they work on rows that the source
 * has now.
 */
final class TransformsCheck implements Check {

    @Override
    public About about() {
        return About.source("transforms", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        int tried = 0;
        List<Transform> transforms = subject.spec().transforms();
        for (int i = 0; i < transforms.size(); i++) {
            Transform transform = transforms.get(i);
            String field = "transforms[" + i + "]";
            TableDefinition table = subject.tables().values().stream()
                    .filter(one -> transform.isOf(one.name()))
                    .findFirst()
                    .orElse(null);
            if (table == null) {
                findings.fail(
                        field + ".table",
                        ErrorCode.NOTHING_SELECTED,
                        "No chosen table is called " + transform.table() + ", for which there is a transform. Names are"
                                + " case-sensitive.",
                        "",
                        List.of(transform.table()));
                continue;
            }
            tried += look(subject, field + ".expression", table, findings);
        }
        findings.remark(transforms.isEmpty() ? "" : "The transforms were tried on " + tried + " rows of the source.");
    }

    /** Returns on how many rows the expression was tried. */
    private static int look(Subject subject, String field, TableDefinition table, Findings findings)
            throws SQLException {
        TableMapping mapping = subject.mapping(table.name());
        RowTransform transform;
        try {
            transform = Objects.requireNonNull(RowTransform.of(mapping), "transform");
        } catch (SluiceException e) {
            findings.fail(field, e.code(), String.valueOf(e.getMessage()), "", List.of(table.name()));
            return 0;
        }
        List<String> problems = WrittenColumns.problems(transform, mapping, table);
        if (!problems.isEmpty()) {
            findings.fail(
                    field,
                    ErrorCode.TRANSFORM_REFUSED,
                    "The transform of " + table.name() + " does not fit: " + String.join("; ", problems) + ".",
                    "",
                    List.of(table.name()));
            return 0;
        }
        if (subject.streams()) {
            onChanges(subject, field, table, transform, findings);
        }
        return new SampleRows(subject, mapping, table, transform).run(field, findings);
    }

    private static void onChanges(
            Subject subject, String field, TableDefinition table, RowTransform transform, Findings findings)
            throws SQLException {
        List<Operation> operations = subject.spec().changes().operations();
        boolean updates = operations.contains(Operation.UPDATE);
        if (!updates && !operations.contains(Operation.DELETE)) {
            return;
        }
        boolean byChange = transform.choiceDependsOnChange();
        if (byChange && transform.drops() && subject.spec().changes().conflict() != Conflict.OVERWRITE) {
            refuse(
                    field,
                    table,
                    "leaves rows out by op, before or commitTime, so that it is not known which rows the target has; this"
                            + " needs changes.conflict OVERWRITE.",
                    findings);
        }
        if (table.identityColumns().isEmpty() && (byChange || transform.valuesDependOnChange())) {
            refuse(
                    field,
                    table,
                    "looks at op, before or commitTime, and the table has no key by which its rows could be found again on"
                            + " the target. Look at row alone.",
                    findings);
        }
        if (table.replicaIdentity() == ReplicaIdentity.FULL) {
            return;
        }
        SortedSet<String> old = new TreeSet<>(transform.columnsBefore());
        if (transform.drops() && !byChange) {
            old.addAll(transform.decidedBy());
        }
        old.removeAll(table.identityColumns());
        if (!old.isEmpty()) {
            notSent(field, table, "changes do not show of the old row " + Findings.list(old), findings);
            return;
        }
        if (updates) {
            SortedSet<String> large = needed(transform);
            large.retainAll(largeColumns(subject, table));
            if (!large.isEmpty()) {
                notSent(
                        field,
                        table,
                        "an update does not carry large values that it leaves as they are, here of "
                                + Findings.list(large),
                        findings);
            }
        }
    }

    /** Of a changed row, what must be there even when it did not change. */
    private static SortedSet<String> needed(RowTransform transform) {
        SortedSet<String> needed = new TreeSet<>(transform.decidedBy());
        if (transform.branches()) {
            needed.addAll(transform.columns());
            needed.addAll(transform.written());
            return needed;
        }
        for (Value value : transform.only().values()) {
            // Made of one column that did not change, it did not change either.
            if (value.columns().size() > 1 || value.dependsOnChange()) {
                needed.addAll(value.columns());
            }
        }
        return needed;
    }

    /** Columns whose values can be stored apart from the row. */
    private static Set<String> largeColumns(Subject subject, TableDefinition table) throws SQLException {
        return new HashSet<>(subject.source()
                .list(
                        "SELECT attname FROM pg_attribute WHERE attrelid = ?::bigint::oid AND attnum > 0"
                                + " AND NOT attisdropped AND attstorage IN ('e', 'x')",
                        row -> row.getString(1),
                        table.oid()));
    }

    private static void notSent(String field, TableDefinition table, String what, Findings findings) {
        findings.fail(
                field,
                ErrorCode.TRANSFORM_UNDECIDABLE,
                "The transform of " + table.name() + " looks at more than changes carry: " + what
                        + ". Let the source write whole old rows to its WAL.",
                "ALTER TABLE " + Identifier.quote(table.name()) + " REPLICA IDENTITY FULL;",
                List.of(table.name()));
    }

    private static void refuse(String field, TableDefinition table, String what, Findings findings) {
        findings.fail(
                field,
                ErrorCode.TRANSFORM_REFUSED,
                "The transform of " + table.name() + " " + what,
                "",
                List.of(table.name()));
    }
}
