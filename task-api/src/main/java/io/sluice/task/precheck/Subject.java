package io.sluice.task.precheck;

import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one check looks at.
 *
 * @param connection to the database that the check is about
 * @param tables the chosen tables as the source has them; empty before they are known, and when the source is not
 *     reachable
 */
record Subject(TaskSpec spec, Connection connection, SortedMap<TableName, TableDefinition> tables) {

    Subject(TaskSpec spec, Connection connection, Map<TableName, TableDefinition> tables) {
        this(spec, connection, new TreeMap<>(tables));
    }

    boolean streams() {
        return spec.mode().streams();
    }
}
