package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Predicate;

/** The source's role must see every row of every chosen table, and own the tables that it is to publish. */
final class TableRightsCheck implements Check {

    private record Rights(TableName table, boolean readable, boolean owned, boolean rowsHidden) {}

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = new Query(subject.connection());
        List<Long> oids =
                subject.tables().values().stream().map(TableDefinition::oid).toList();
        String sql = """
                SELECT n.nspname, c.relname,
                       has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
                       pg_has_role(c.relowner, 'USAGE') AS owned,
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
                        row.getBoolean("owned"),
                        row.getBoolean("rows_hidden")),
                oids);
        String role = Identifier.quote(String.valueOf(query.text("SELECT current_user")));
        unreadable(tables(rights, right -> !right.readable()), role, findings);
        hidden(tables(rights, Rights::rowsHidden), role, findings);
        if (subject.streams()) {
            notOwned(tables(rights, right -> !right.owned()), role, findings);
        }
    }

    private static List<TableName> tables(List<Rights> rights, Predicate<Rights> which) {
        return rights.stream().filter(which).map(Rights::table).toList();
    }

    private static void unreadable(List<TableName> tables, String role, Findings findings) {
        if (tables.isEmpty()) {
            return;
        }
        String usage = tables.stream()
                .map(TableName::schema)
                .distinct()
                .limit(20)
                .map(schema -> "GRANT USAGE ON SCHEMA " + Identifier.quote(schema) + " TO " + role + "; ")
                .reduce("", String::concat);
        findings.add(
                "source.username",
                ErrorCode.PRIVILEGE_MISSING,
                "The source's user may not read " + Findings.list(tables) + ". Run " + usage
                        + Findings.sql(tables, table -> "GRANT SELECT ON " + table + " TO " + role));
    }

    private static void hidden(List<TableName> tables, String role, Findings findings) {
        if (!tables.isEmpty()) {
            findings.add(
                    "source.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "Row security hides rows of " + Findings.list(tables) + " from the source's user, which would be"
                            + " missing on the target. Run ALTER ROLE " + role + " BYPASSRLS;");
        }
    }

    private static void notOwned(List<TableName> tables, String role, Findings findings) {
        if (!tables.isEmpty()) {
            findings.add(
                    "source.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "Only a table's owner may publish it; the source's user does not own " + Findings.list(tables)
                            + ". Use their owner as the source's user, or make it a member of the owner: GRANT"
                            + " <owner> TO " + role + ";");
        }
    }
}
