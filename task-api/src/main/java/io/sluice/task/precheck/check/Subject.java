package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What one check looks at.
 *
 * @param sourceConnection there when the check needs the source
 * @param targetConnection there when the check needs the target
 * @param tables the chosen tables as the source has them; empty before they are known
 */
record Subject(
        TaskSpec spec,
        @Nullable Connection sourceConnection,
        @Nullable Connection targetConnection,
        SortedMap<TableName, TableDefinition> tables) {

    boolean streams() {
        return spec.mode().streams();
    }

    Query source() {
        return query(sourceConnection);
    }

    Query target() {
        return query(targetConnection);
    }

    private static Query query(@Nullable Connection connection) {
        if (connection == null) {
            throw new IllegalStateException("the check did not say that it needs this database");
        }
        return new Query(connection);
    }
}
