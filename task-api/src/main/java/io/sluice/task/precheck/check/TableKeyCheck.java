package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Rows of a streamed table must be identifiable, by a key or by all of their values: without that their updates and deletes cannot be applied, and once such
 * a table is published PostgreSQL refuses them at the source ("Publication", chapter 29.1 of the manual). Of a partitioned
 * table that goes for each partition.
 */
final class TableKeyCheck implements Check {

    @Override
    public About about() {
        return About.source("table-keys", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        Set<TableName> deferrable = DeferrableKeyCheck.identities(subject);
        List<TableName> keyless = Stream.concat(
                        subject.tables().values().stream(),
                        Leaves.of(subject).values().stream().flatMap(List::stream))
                .filter(table ->
                        table.identityColumns().isEmpty() && table.primaryKey().isEmpty())
                .filter(table -> table.replicaIdentity() != ReplicaIdentity.FULL)
                .map(TableDefinition::name)
                .filter(table -> !deferrable.contains(table))
                .toList();
        if (!keyless.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(keyless) + ": without a primary key, updates and deletes need the whole old row."
                            + " Set REPLICA IDENTITY FULL, or give each a key: a primary one, or a unique index over NOT"
                            + " NULL columns: ALTER TABLE <table> REPLICA IDENTITY USING INDEX <index>; or leave them out"
                            + " with objects.exclude.",
                    Findings.sql(keyless, table -> "ALTER TABLE " + table + " REPLICA IDENTITY FULL"),
                    keyless);
        }
    }
}
