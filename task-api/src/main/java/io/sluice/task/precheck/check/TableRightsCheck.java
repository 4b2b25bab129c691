package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.OwnSchemas;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** The source's role must see every row of every chosen table, and where the sequences are that go over. */
final class TableRightsCheck implements Check {

    private record Rights(TableName table, boolean readable, boolean rowsHidden) {}

    @Override
    public About about() {
        return About.source("source-read", Group.PRIVILEGES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.source();
        List<Rights> rights = rights(subject);
        String role = query.role();
        unreadable(
                rights.stream()
                        .filter(right -> !right.readable())
                        .map(Rights::table)
                        .toList(),
                "",
                role,
                findings);
        unreadable(unreadableSequences(subject), "SEQUENCE ", role, findings);
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

    /** Of the tables, and of the partitions that hold the rows, which are read by their own names. */
    private static List<Rights> rights(Subject subject) throws SQLException {
        String sql = """
                WITH RECURSIVE part (oid, root) AS (
                    SELECT unnest(?::oid[]), true
                  UNION
                    SELECT i.inhrelid, false FROM part JOIN pg_class c ON c.oid = part.oid AND c.relkind = 'p'
                    JOIN pg_inherits i ON i.inhparent = part.oid)
                SELECT DISTINCT n.nspname, c.relname,
                       has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
                       row_security_active(c.oid) AS rows_hidden
                FROM part JOIN pg_class c ON c.oid = part.oid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE part.root OR c.relkind = 'r'
                ORDER BY n.nspname, c.relname
                """;
        return subject.source()
                .list(
                        sql,
                        row -> new Rights(
                                new TableName(row.getString(1), row.getString(2)),
                                row.getBoolean("readable"),
                                row.getBoolean("rows_hidden")),
                        oids(subject));
    }

    /**
     * Of those that tables own or use in their defaults, partitions included, and of those that come with their schemas.
     */
    private static List<TableName> unreadableSequences(Subject subject) throws SQLException {
        String sql = """
                WITH RECURSIVE part (oid) AS (
                    SELECT unnest(?::oid[])
                  UNION
                    SELECT i.inhrelid FROM part JOIN pg_class c ON c.oid = part.oid AND c.relkind = 'p'
                    JOIN pg_inherits i ON i.inhparent = part.oid
                ), used (oid) AS (
                    SELECT d.objid FROM part JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass
                        AND d.refobjid = part.oid AND d.refobjsubid > 0
                        AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                  UNION
                    SELECT d.refobjid FROM part JOIN pg_attrdef a ON a.adrelid = part.oid
                    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
                        AND d.refclassid = 'pg_class'::regclass
                )
                SELECT n.nspname, s.relname
                FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
                WHERE s.relkind = 'S' AND s.relpersistence <> 't'
                    AND (s.oid IN (SELECT oid FROM used)
                        OR n.nspname = ANY (?::text[]) AND NOT EXISTS (
                            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid
                                AND d.deptype IN ('e', 'i')))
                    AND NOT CASE WHEN s.relkind = 'S'
                        THEN has_sequence_privilege(s.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') END
                ORDER BY n.nspname, s.relname
                """;
        return subject.source()
                .list(
                        sql,
                        row -> new TableName(row.getString(1), row.getString(2)),
                        oids(subject),
                        schemasOfSequences(subject));
    }

    /** In these every sequence is chosen, also those of tables that are not; identities come with their tables only. */
    private static List<String> schemasOfSequences(Subject subject) throws SQLException {
        StructureChoice structure = subject.spec().structure();
        boolean made = structure.enabled()
                && (structure.kinds() == null || structure.kinds().contains(StructureChoice.Kind.SEQUENCE));
        // A load sets those that are on the target, whoever has made them; a cutover only what the task makes.
        if (!subject.spec().mode().loads() && !made) {
            return List.of();
        }
        return subject
                .source()
                .list(
                        "SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('information_schema', "
                                + OwnSchemas.LIST + ") AND nspname !~ '^pg_'",
                        row -> row.getString(1))
                .stream()
                .filter(subject.spec()::choosesAllOf)
                .toList();
    }

    private static List<Long> oids(Subject subject) {
        return subject.tables().values().stream().map(TableDefinition::oid).toList();
    }

    /** @param kind as GRANT names it */
    private static void unreadable(List<TableName> names, String kind, String role, Findings findings) {
        if (names.isEmpty()) {
            return;
        }
        findings.fail(
                "source.username",
                ErrorCode.PRIVILEGE_MISSING,
                "The source's user may not read " + kind.toLowerCase(Locale.ROOT) + Findings.list(names) + ".",
                Findings.usage(names, role)
                        + Findings.sql(names, name -> "GRANT SELECT ON " + kind + name + " TO " + role),
                names);
    }
}
