package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Functions and types that a chosen table is made with must be on the target, unless Sluice makes them. */
final class FunctionsCheck implements Check {

    @Override
    public About about() {
        return About.both("functions", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Map<Requirement, List<TableName>> needed = new LinkedHashMap<>();
        for (Requirement one : Requirement.of(subject)) {
            if (!one.kind().equals("EXTENSION") && !(subject.makes(kind(one)) && carried(one))) {
                needed.computeIfAbsent(one.ofAnyTable(), key -> new ArrayList<>())
                        .add(one.table());
            }
        }
        Set<String> missing = new HashSet<>(missing(
                subject.target(), "SELECT oid::regprocedure::text AS name FROM pg_proc", names(needed, "FUNCTION")));
        missing.addAll(
                missing(subject.target(), "SELECT format_type(oid, -1) AS name FROM pg_type", names(needed, "TYPE")));
        needed.forEach((requirement, tables) -> {
            if (missing.contains(requirement.name())) {
                fail(requirement, tables, findings);
            }
        });
        if (findings.isEmpty()) {
            machineCode(subject, findings);
        }
    }

    private static List<String> names(Map<Requirement, List<TableName>> needed, String kind) {
        return needed.keySet().stream()
                .filter(one -> one.kind().equals(kind))
                .map(Requirement::name)
                .toList();
    }

    private static List<String> missing(Query target, String there, List<String> names) throws SQLException {
        return target.list(
                "SELECT w.name FROM (SELECT DISTINCT unnest(?::text[]) AS name) AS w LEFT JOIN (" + there
                        + ") AS t ON t.name = w.name WHERE t.name IS NULL",
                row -> row.getString(1),
                names);
    }

    /** Its definition is all that it takes to make it. */
    private static boolean carried(Requirement requirement) {
        return !requirement.machineCode();
    }

    private static StructureChoice.Kind kind(Requirement requirement) {
        return requirement.kind().equals("FUNCTION") ? StructureChoice.Kind.FUNCTION : StructureChoice.Kind.TYPE;
    }

    private static void fail(Requirement requirement, List<TableName> tables, Findings findings) {
        List<String> objects = new ArrayList<>(List.of(requirement.name()));
        tables.forEach(table -> objects.add(table.toString()));
        boolean carried = carried(requirement);
        findings.fail(
                "objects.include",
                ErrorCode.TARGET_OBJECT_MISSING,
                Findings.list(tables) + " cannot be made without "
                        + (requirement.kind().equals("FUNCTION") ? "the function " : "the type ") + requirement.name()
                        + ", which the target does not have. "
                        + (carried
                                ? "Make it there, let structure.kinds have " + kind(requirement)
                                        + ", or leave them out with objects.exclude."
                                : "Install its library there, or leave them out with objects.exclude."),
                requirement.definition().isEmpty() || !carried
                        ? ""
                        : requirement.definition().strip() + ";",
                objects);
    }

    /** Not needed by a chosen table, so only worth knowing. */
    private static void machineCode(Subject subject, Findings findings) throws SQLException {
        List<String> functions = subject.source().list("""
                        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
                        WHERE l.lanname = 'c' AND p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e
                            WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
                        ORDER BY 1
                        """, row -> row.getString(1));
        if (!functions.isEmpty()) {
            findings.warn(
                    "objects",
                    "The source has functions in C: " + Findings.list(functions) + ". They cannot be moved: install"
                            + " their libraries on the target if something there is to use them.",
                    "",
                    functions);
        }
    }
}
