package io.sluice.apply.join;

import io.sluice.apply.ApplyMetrics;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.consume.Handover;
import io.sluice.apply.load.LoadSlots;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What tables that join a stream are worked on with.
 *
 * @param setup makes writers for all tables of the task
 * @param definitions reads tables of the order at the source
 */
public record Surroundings(
        TaskOrder order,
        Connections source,
        Connections target,
        KafkaAccess kafka,
        TargetDialect dialect,
        Bookkeeping bookkeeping,
        long epoch,
        WriterSetup setup,
        Function<DatabaseSession, Map<TableName, TableDefinition>> definitions,
        Handover handover,
        LoadSlots slots,
        ApplyMetrics metrics) {

    /** Those of some tables that a failure belongs to. */
    Set<TableName> named(TableFailure failure, Set<TableName> tables) {
        return tables.stream()
                .filter(table -> failure.table()
                        .equals(
                                failure.onTarget()
                                        ? TableMapping.of(order.spec(), table).target()
                                        : table))
                .collect(Collectors.toSet());
    }
}
