package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Rows of a streamed table must be identifiable: without that their updates and deletes cannot be applied, and once such
 * a table is published PostgreSQL refuses them at the source ("Publication", chapter 29.1 of the manual).
 */
final class TableKeyCheck implements Check {

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        List<TableName> nothing = tables(
                subject,
                table -> table.replicaIdentity() == ReplicaIdentity.NOTHING
                        && !table.primaryKey().isEmpty());
        if (!nothing.isEmpty()) {
            findings.add(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(nothing) + ": REPLICA IDENTITY NOTHING keeps the keys of changed rows out of the WAL."
                            + " Run "
                            + Findings.sql(nothing, table -> "ALTER TABLE " + table + " REPLICA IDENTITY DEFAULT"));
        }
        Set<TableName> deferrable = deferrable(subject);
        List<TableName> keyless = tables(
                subject,
                table -> table.identityColumns().isEmpty()
                        && table.primaryKey().isEmpty()
                        && !deferrable.contains(table.name()));
        if (!keyless.isEmpty()) {
            findings.add(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(keyless) + ": without a primary key, updates and deletes cannot be applied. Leave"
                            + " them out with objects.exclude, or give each a key: "
                            + Findings.sql(keyless, table -> "ALTER TABLE " + table + " ADD PRIMARY KEY (<columns>)")
                            + " A unique index over NOT NULL columns does too: ALTER TABLE <table> REPLICA IDENTITY"
                            + " USING INDEX <index>;");
        }
        if (!deferrable.isEmpty()) {
            findings.add(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(deferrable) + ": a DEFERRABLE primary key does not identify rows in the WAL. Leave"
                            + " them out with objects.exclude, or make the key NOT DEFERRABLE.");
        }
    }

    /** A deferrable primary key is no replica identity (RelationGetIndexList skips it). */
    private static Set<TableName> deferrable(Subject subject) throws SQLException {
        List<Long> oids = subject.tables().values().stream()
                .filter(table -> table.replicaIdentity() == ReplicaIdentity.DEFAULT)
                .map(TableDefinition::oid)
                .toList();
        String sql = """
                SELECT n.nspname, c.relname
                FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE i.indrelid = ANY (?::oid[]) AND i.indisprimary AND NOT i.indimmediate
                """;
        return new TreeSet<>(new Query(subject.connection())
                .list(sql, row -> new TableName(row.getString(1), row.getString(2)), oids));
    }

    /** Only of tables that could be moved at all. */
    private static List<TableName> tables(Subject subject, Predicate<TableDefinition> which) {
        return subject.tables().values().stream()
                .filter(table -> table.kind() == Kind.TABLE)
                .filter(which)
                .map(TableDefinition::name)
                .toList();
    }
}
