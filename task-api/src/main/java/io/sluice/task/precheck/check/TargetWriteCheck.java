package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableName;
import java.sql.SQLException;
import java.util.List;

/** Tables that were on the target before Sluice came and are to be filled must be open to the target's role. */
final class TargetWriteCheck implements Check {

    @Override
    public About about() {
        return About.target("target-write", Group.PRIVILEGES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        ExistingTable existing = subject.spec().structure().existingTable();
        if (existing == ExistingTable.FAIL && subject.makesTables()) {
            return;
        }
        boolean truncates = existing == ExistingTable.TRUNCATE
                || subject.spec().changes().operations().contains(Operation.TRUNCATE);
        String rights = truncates ? "SELECT, INSERT, UPDATE, DELETE, TRUNCATE" : "SELECT, INSERT, UPDATE, DELETE";
        String sql = """
                SELECT n.nspname, c.relname
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('r', 'p', 'f')
                WHERE NOT has_schema_privilege(n.oid, 'USAGE') OR NOT (
                    SELECT bool_and(has_table_privilege(c.oid, wanted_right))
                    FROM unnest(string_to_array(?, ', ')) AS wanted_right)
                ORDER BY 1, 2
                """;
        List<TableName> names = List.copyOf(subject.targets());
        Query query = subject.target();
        List<TableName> closed = query.list(
                sql,
                row -> new TableName(row.getString(1), row.getString(2)),
                names.stream().map(TableName::schema).toList(),
                names.stream().map(TableName::table).toList(),
                rights);
        own(subject, query, names, findings);
        if (!closed.isEmpty()) {
            String role = query.role();
            findings.fail(
                    "target.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The target's user may not write " + Findings.list(closed) + ", which needs " + rights + ".",
                    Findings.usage(closed, role)
                            + Findings.sql(closed, table -> "GRANT " + rights + " ON " + table + " TO " + role),
                    closed);
        }
    }

    /** Only its owner may alter a table. */
    private static void own(Subject subject, Query query, List<TableName> names, Findings findings)
            throws SQLException {
        if (!subject.streams() || !subject.spec().changes().operations().contains(Operation.DDL)) {
            return;
        }
        String sql = """
                SELECT n.nspname, c.relname
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('r', 'p', 'f')
                WHERE NOT pg_has_role(c.relowner, 'USAGE')
                ORDER BY 1, 2
                """;
        List<TableName> others = query.list(
                sql,
                row -> new TableName(row.getString(1), row.getString(2)),
                names.stream().map(TableName::schema).toList(),
                names.stream().map(TableName::table).toList());
        if (!others.isEmpty()) {
            String role = query.role();
            findings.fail(
                    "target.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "Only its owner may alter a table, and DDL is to be carried over; the target's user does not own "
                            + Findings.list(others) + ". Give the tables to it, or leave DDL out of"
                            + " changes.operations.",
                    Findings.sql(others, table -> "ALTER TABLE " + table + " OWNER TO " + role),
                    others);
        }
    }
}
