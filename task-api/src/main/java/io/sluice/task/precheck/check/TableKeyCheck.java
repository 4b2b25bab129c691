package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/**
 * Rows of a streamed table must be identifiable: without that their updates and deletes cannot be applied, and once such
 * a table is published PostgreSQL refuses them at the source ("Publication", chapter 29.1 of the manual).
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
        List<TableName> keyless = subject.tables().values().stream()
                .filter(table -> table.kind() == Kind.TABLE)
                .filter(table ->
                        table.identityColumns().isEmpty() && table.primaryKey().isEmpty())
                .map(TableDefinition::name)
                .filter(table -> !deferrable.contains(table))
                .toList();
        if (!keyless.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(keyless) + ": without a primary key, updates and deletes cannot be applied. Leave"
                            + " them out with objects.exclude, or give each a key. A unique index over NOT NULL columns"
                            + " does too: ALTER TABLE <table> REPLICA IDENTITY USING INDEX <index>;",
                    Findings.sql(keyless, table -> "ALTER TABLE " + table + " ADD PRIMARY KEY (<columns>)"),
                    keyless);
        }
    }
}
