package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;

/** The source's role must see every row of every chosen table. */
final class TableRightsCheck implements Check {

    private record Rights(TableName table, boolean readable, boolean rowsHidden) {}

    @Override
    public About about() {
        return About.source("source-read", Group.PRIVILEGES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.source();
        List<Long> oids =
                subject.tables().values().stream().map(TableDefinition::oid).toList();
        String sql = """
                SELECT n.nspname, c.relname,
                       has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
                       row_security_active(c.oid) AS rows_hidden
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = ANY (?::oid[])
                ORDER BY n.nspname, c.relname
                """;
        List<Rights> rights = query.list(
                sql,
                row -> new Rights(
                        new TableName(row.getString(1), row.getString(2)),
                        row.getBoolean("readable"),
                        row.getBoolean("rows_hidden")),
                oids);
        String role = query.role();
        unreadable(
                rights.stream()
                        .filter(right -> !right.readable())
                        .map(Rights::table)
                        .toList(),
                role,
                findings);
        List<TableName> hidden =
                rights.stream().filter(Rights::rowsHidden).map(Rights::table).toList();
        if (!hidden.isEmpty()) {
            findings.fail(
                    "source.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "Row security hides rows of " + Findings.list(hidden) + " from the source's user, which would be"
                            + " missing on the target.",
                    "ALTER ROLE " + role + " BYPASSRLS;",
                    hidden);
        }
    }

    private static void unreadable(List<TableName> tables, String role, Findings findings) {
        if (tables.isEmpty()) {
            return;
        }
        findings.fail(
                "source.username",
                ErrorCode.PRIVILEGE_MISSING,
                "The source's user may not read " + Findings.list(tables) + ".",
                Findings.usage(tables, role)
                        + Findings.sql(tables, table -> "GRANT SELECT ON " + table + " TO " + role),
                tables);
    }
}
