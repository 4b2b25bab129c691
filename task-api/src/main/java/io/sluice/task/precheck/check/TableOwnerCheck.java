package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Only a table's owner may publish it. */
final class TableOwnerCheck implements Check {

    private record Owned(TableName table, String owner) {}

    @Override
    public About about() {
        return About.source("source-owner", Group.PRIVILEGES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        Query query = subject.source();
        List<Long> oids =
                subject.tables().values().stream().map(TableDefinition::oid).toList();
        String sql = """
                SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = ANY (?::oid[]) AND NOT pg_has_role(c.relowner, 'USAGE')
                ORDER BY n.nspname, c.relname
                """;
        List<Owned> others = query.list(
                sql, row -> new Owned(new TableName(row.getString(1), row.getString(2)), row.getString(3)), oids);
        if (others.isEmpty()) {
            return;
        }
        String role = query.role();
        // Until 16 a role itself says whether it inherits what it is a member of; since then each membership does.
        String inherited = query.majorVersion() >= 16 ? " WITH INHERIT TRUE" : "; ALTER ROLE " + role + " INHERIT";
        List<TableName> tables = others.stream().map(Owned::table).toList();
        findings.fail(
                "source.username",
                ErrorCode.PRIVILEGE_MISSING,
                "Only a table's owner may publish it; the source's user does not own " + Findings.list(tables)
                        + ". Use their owner as the source's user, or make it a member of the owner.",
                others.stream()
                        .map(Owned::owner)
                        .distinct()
                        .map(owner -> "GRANT " + Identifier.quote(owner) + " TO " + role + inherited + ";")
                        .collect(Collectors.joining(" ")),
                tables);
    }
}
