package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.sql.SQLException;
import java.util.List;

/** Partitioned tables are moved as one table, which takes changes that are published under the root's name. */
final class PartitionedTablesCheck implements Check {

    /** {@code publish_via_partition_root}. */
    private static final int VIA_ROOT_SINCE = 13;

    @Override
    public About about() {
        return About.source("partitioned-tables", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        List<TableName> tables = subject.tables().values().stream()
                .filter(table -> table.kind() == Kind.PARTITIONED)
                .map(TableDefinition::name)
                .toList();
        if (tables.isEmpty()) {
            return;
        }
        int version = subject.source().majorVersion();
        if (subject.streams() && version < VIA_ROOT_SINCE) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_UNSUPPORTED,
                    Findings.list(tables) + ": PostgreSQL " + version
                            + " does not publish changes of partitioned tables,"
                            + " only those of each partition. Name the partitions themselves, which become ordinary"
                            + " tables, or upgrade the source to " + VIA_ROOT_SINCE + ".",
                    "",
                    tables);
        } else {
            findings.warn(
                    "objects.include",
                    Findings.list(tables)
                            + ": partitioned tables are moved with all of their partitions, as one table.",
                    "",
                    tables);
        }
    }
}
