package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.SharedTable;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Tables that the target has already. By {@code existingTable} they must not be there, or must take the rows; where
 * Sluice makes none they must be there. Without a load ({@code INCREMENTAL}) they are expected, with their rows.
 */
final class TargetTableCheck implements Check {

    private static final int DETAILED = 20;

    @Override
    public About about() {
        return About.target("target-tables", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Set<TableName> taken = subject.target().present(List.copyOf(subject.targets()));
        if (!subject.makesTables()) {
            missing(subject, taken, findings);
        } else {
            withoutPlace(subject, taken, findings);
            together(subject, taken, findings);
        }
        if (taken.isEmpty()) {
            return;
        }
        Map<TableName, TableDefinition> tables = new Catalog(subject.target().connection()).findTables(taken);
        ExistingTable existing = subject.spec().structure().existingTable();
        if (existing == ExistingTable.FAIL && subject.makesTables()) {
            refuse(subject, taken, tables, findings);
            return;
        }
        keep(subject, taken, tables, findings);
        if (existing == ExistingTable.TRUNCATE && subject.spec().mode().loads()) {
            empty(subject, taken, findings);
        }
    }

    /** Before a start the warning keeps the task waiting; tables that come to a task that runs are loaded at once. */
    private void empty(Subject subject, Set<TableName> taken, Findings findings) throws SQLException {
        Set<String> confirmed = subject.confirmed();
        if (confirmed == null) {
            findings.warn(
                    "structure.existingTable",
                    "The rows that these tables of the target have now will be deleted: " + Findings.list(taken)
                            + ". Set structure.existingTable to KEEP if they are needed.",
                    "",
                    taken);
            return;
        }
        Set<TableName> filled = subject.target().filled(taken);
        String key = about().key();
        if (filled.isEmpty()) {
            return;
        }
        if (confirmed.contains(key)) {
            findings.warn(
                    "structure.existingTable",
                    "The rows that these tables of the target have now will be deleted: " + Findings.list(filled) + ".",
                    "",
                    filled);
        } else {
            findings.fail(
                    key,
                    ErrorCode.PRECHECK_UNCONFIRMED,
                    "These tables of the target have rows, if only such as row security may hide, which would be deleted"
                            + " (structure.existingTable is TRUNCATE): "
                            + Findings.list(filled) + ". Empty, rename or drop them; or, when nobody needs these rows,"
                            + " add the tables with POST …/objects and \"confirm\": [\"" + key + "\"].",
                    "",
                    filled);
        }
    }

    private static void missing(Subject subject, Set<TableName> taken, Findings findings) {
        List<TableName> missing =
                subject.targets().stream().filter(name -> !taken.contains(name)).toList();
        if (!missing.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TARGET_OBJECT_MISSING,
                    "The target lacks these tables, which "
                            + (subject.spec().mode().loads()
                                    ? "Sluice is not to make (structure): "
                                    : "mode INCREMENTAL does not make: ")
                            + Findings.list(missing)
                            + (subject.spec().mode().loads()
                                    ? ". Create them, or let structure have the kind TABLE."
                                    : ". Create them with the rows that the source has, or use FULL_AND_INCREMENTAL."),
                    "",
                    missing);
        }
    }

    /** Columns that only a transform knows are in no table that is made after the source's. */
    private static void withoutPlace(Subject subject, Set<TableName> taken, Findings findings) {
        for (TableMapping mapping : subject.mappings().values()) {
            TableDefinition source = subject.tables().get(mapping.source());
            List<String> added = source == null || taken.contains(mapping.target())
                    ? List.of()
                    : new TableFit(source, mapping, source).added();
            if (!added.isEmpty()) {
                findings.fail(
                        "objects.include",
                        ErrorCode.TARGET_OBJECT_MISSING,
                        "The transform of " + mapping.source() + " writes " + Findings.list(added)
                                + ", which the source does not have, so that a table made after the source's has no place"
                                + " for it. Create " + mapping.target() + " on the target with all columns, and set"
                                + " structure.existingTable to KEEP.",
                        "",
                        List.of(mapping.target()));
            }
        }
    }

    /** Tables that go into one, which is made from the first of them. */
    private static void together(Subject subject, Set<TableName> taken, Findings findings) {
        Map<TableName, TableDefinition> made = new TreeMap<>();
        for (TableMapping mapping : subject.mappings().values()) {
            TableDefinition source = subject.tables().get(mapping.source());
            if (source == null || taken.contains(mapping.target())) {
                continue;
            }
            TableDefinition first = made.putIfAbsent(mapping.target(), source);
            List<String> differences = first == null
                    ? List.of()
                    : SharedTable.differences(
                            first,
                            subject.mapping(first.name()),
                            source,
                            mapping,
                            new TableFit(source, mapping, source).added(),
                            subject.streams());
            if (!differences.isEmpty()) {
                findings.fail(
                        "objects.include",
                        ErrorCode.TARGET_COLUMNS_DIFFER,
                        "The rows of " + source.name() + " do not fit into " + mapping.target()
                                + ", which is made from " + first.name() + ": " + Findings.list(differences)
                                + ". Rename or leave out columns with columns, or give the table another targetTable.",
                        "",
                        List.of(source.name()));
            }
        }
    }

    private static void refuse(
            Subject subject, Set<TableName> taken, Map<TableName, TableDefinition> tables, Findings findings) {
        List<TableName> alike = new ArrayList<>();
        int unlike = 0;
        for (TableFit fit : fits(subject, taken, tables, alike)) {
            List<String> differences = fit.exactDifferences();
            if (differences.isEmpty()) {
                alike.add(fit.target().name());
            } else if (unlike++ < DETAILED) {
                differs(fit, differences, findings);
            }
        }
        if (!alike.isEmpty()) {
            List<TableName> sorted = alike.stream().distinct().sorted().toList();
            findings.fail(
                    "objects.include",
                    ErrorCode.TARGET_TABLE_EXISTS,
                    "The target has tables (or views) of these names already: " + Findings.list(sorted)
                            + ". Leave them out with objects.exclude, give them another targetTable, set"
                            + " structure.existingTable to KEEP or TRUNCATE, or drop them if their rows are not"
                            + " needed.",
                    Findings.sql(sorted, table -> "DROP TABLE " + table),
                    sorted);
        }
    }

    private static void differs(TableFit fit, List<String> differences, Findings findings) {
        TableName name = fit.target().name();
        findings.fail(
                "objects.include",
                ErrorCode.TARGET_COLUMNS_DIFFER,
                "The target has a table " + name + " already, with other columns than the source: "
                        + Findings.list(differences)
                        + ". Leave it out with objects.exclude, rename it, or drop it if its rows are not needed.",
                Findings.sql(List.of(name), table -> "DROP TABLE " + table),
                List.of(name));
    }

    private static void keep(
            Subject subject, Set<TableName> taken, Map<TableName, TableDefinition> tables, Findings findings) {
        List<TableName> noTables = new ArrayList<>();
        List<TableFit> fits = fits(subject, taken, tables, noTables);
        if (!noTables.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TARGET_TABLE_EXISTS,
                    "On the target " + Findings.list(noTables) + " are no tables that rows could be written to. Give"
                            + " them another targetTable, or drop them.",
                    "",
                    noTables);
        }
        for (TableFit fit : fits) {
            List<String> differences = new ArrayList<>(fit.differences());
            if (fit.target().unlogged()) {
                differences.add("it is UNLOGGED, so that a crash of the target would empty it while its rows count as"
                        + " written (ALTER TABLE … SET LOGGED)");
            }
            if (!differences.isEmpty()) {
                findings.fail(
                        "objects.include",
                        ErrorCode.TARGET_COLUMNS_DIFFER,
                        "The rows of " + fit.source().name() + " do not fit into the target's "
                                + fit.target().name()
                                + ": " + Findings.list(differences) + ". Change the table there, leave columns out or"
                                + " rename them with columns, or leave the table out with objects.exclude.",
                        "",
                        List.of(fit.target().name()));
            } else if (!fit.sourceKey().equals(fit.targetKey())) {
                otherKey(fit, findings);
            }
        }
    }

    private static void otherKey(TableFit fit, Findings findings) {
        TableName name = fit.target().name();
        Set<String> key = fit.sourceKey();
        String columns = key.stream().map(Identifier::quote).collect(Collectors.joining(", "));
        findings.warn(
                "objects.include",
                "The key of the target's " + name + " is (" + String.join(", ", fit.targetKey()) + "), that of the"
                        + " source's " + fit.source().name() + " is (" + String.join(", ", key) + "): rows that the"
                        + " source tells apart may collide there, or be written twice.",
                key.isEmpty() || !fit.targetKey().isEmpty()
                        ? ""
                        : "ALTER TABLE " + Identifier.quote(name) + " ADD PRIMARY KEY (" + columns + ");",
                List.of(name));
    }

    /** Each chosen table with the table that waits for its rows, in order; names behind which there is no table go to the last. */
    private static List<TableFit> fits(
            Subject subject, Set<TableName> taken, Map<TableName, TableDefinition> tables, List<TableName> noTables) {
        List<TableFit> fits = new ArrayList<>();
        taken.stream().filter(name -> !tables.containsKey(name)).forEach(noTables::add);
        for (TableMapping mapping : subject.mappings().values()) {
            TableDefinition target = tables.get(mapping.target());
            TableDefinition source = subject.tables().get(mapping.source());
            if (target != null && source != null) {
                fits.add(new TableFit(source, mapping, target));
            }
        }
        return fits;
    }
}
