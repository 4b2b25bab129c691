package io.sluice.apply.join;

import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.consume.CatchUp;
import io.sluice.apply.consume.ChangeTopic;
import io.sluice.apply.ddl.DdlApply;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.exception.SuspensionTable;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Catches up with the changes of tables that the stream passes over. */
record BesideTheStream(Surroundings with, JoinContext context, DatabaseSession target) {

    /**
     * @param loads what is noted of the loads of all tables
     * @return true when the stream has taken the tables over, false when the run must end before
     */
    boolean catchUp(Collection<TableTurn> turns, Map<TableName, TableLoad> loads) {
        String taskId = with.order().taskId();
        Map<TableName, Long> from = TableTurns.offsets(turns);
        Set<TableName> tables = from.keySet();
        Map<TableName, SnapshotFence> fences = new HashMap<>();
        tables.forEach(table -> {
            TableLoad load = loads.get(table);
            SnapshotFence fence = load == null ? null : load.fence();
            if (fence != null) {
                fences.put(table, fence);
            }
        });
        Set<Operation> operations = Set.copyOf(with.order().spec().changes().operations());
        TableTurns known = new TableTurns(taskId);
        // Those of others are kept by the stream, and do not count here to the most that there may be.
        Exceptions exceptions = target.inTransaction(
                "reading the exceptions", connection -> Exceptions.readOnly(connection, taskId, tables));
        try (ChangeTopic topic = new ChangeTopic(with.kafka(), taskId)) {
            return new CatchUp(
                            topic,
                            target,
                            with.setup().only(tables),
                            exceptions,
                            with.bookkeeping(),
                            known,
                            with.epoch(),
                            new ChosenChanges(tables, operations),
                            from,
                            fences,
                            target.inTransaction("reading what is left out", new SuspensionTable(taskId)::leftOut),
                            operations.contains(Operation.DDL) ? new DdlApply(with.order()) : null,
                            with.handover(),
                            context,
                            with.metrics())
                    .run();
        }
    }
}
