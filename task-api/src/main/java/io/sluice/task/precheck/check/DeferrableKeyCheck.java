package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A deferrable primary key identifies no rows in the WAL, and what a deferrable unique constraint lets happen within a
 * transaction (two rows that swap values) the target could not repeat.
 */
final class DeferrableKeyCheck implements Check {

    private record Constraint(TableName table, String name, boolean primary) {

        String fix() {
            String alter = "ALTER TABLE " + Identifier.quote(table);
            String quoted = Identifier.quote(name);
            return alter + " DROP CONSTRAINT " + quoted + ", ADD CONSTRAINT " + quoted
                    + (primary ? " PRIMARY KEY" : " UNIQUE") + " (<columns>);";
        }
    }

    @Override
    public About about() {
        return About.source("deferrable-keys", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        String sql = """
                SELECT n.nspname, c.relname, o.conname, o.contype = 'p'
                FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE o.conrelid = ANY (?::oid[]) AND o.contype IN ('p', 'u') AND o.condeferrable
                ORDER BY n.nspname, c.relname, o.conname
                """;
        List<Constraint> constraints = subject.source()
                .list(
                        sql,
                        row -> new Constraint(
                                new TableName(row.getString(1), row.getString(2)), row.getString(3), row.getBoolean(4)),
                        subject.tables().values().stream()
                                .map(TableDefinition::oid)
                                .toList());
        add(
                constraints.stream().filter(Constraint::primary).toList(),
                "a DEFERRABLE primary key does not identify rows in the WAL",
                findings);
        add(
                constraints.stream().filter(constraint -> !constraint.primary()).toList(),
                "what a DEFERRABLE unique constraint allows within a transaction cannot be repeated on the target",
                findings);
    }

    private static void add(List<Constraint> constraints, String why, Findings findings) {
        if (!constraints.isEmpty()) {
            List<TableName> tables =
                    constraints.stream().map(Constraint::table).distinct().toList();
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(tables) + ": " + why + ". Leave them out with objects.exclude, or make the key NOT"
                            + " DEFERRABLE.",
                    constraints.stream()
                            .limit(Item.OBJECTS)
                            .map(Constraint::fix)
                            .collect(Collectors.joining(" ")),
                    tables);
        }
    }

    /** Tables whose replica identity would be a deferrable primary key, which is none (RelationGetIndexList skips it). */
    static Set<TableName> identities(Subject subject) throws SQLException {
        List<Long> oids = subject.tables().values().stream()
                .filter(table -> table.replicaIdentity() == ReplicaIdentity.DEFAULT)
                .map(TableDefinition::oid)
                .toList();
        String sql = """
                SELECT n.nspname, c.relname
                FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE i.indrelid = ANY (?::oid[]) AND i.indisprimary AND NOT i.indimmediate
                """;
        return new TreeSet<>(
                subject.source().list(sql, row -> new TableName(row.getString(1), row.getString(2)), oids));
    }
}
