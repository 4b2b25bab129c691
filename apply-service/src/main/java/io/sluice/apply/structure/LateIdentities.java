package io.sluice.apply.structure;

import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Columns that are GENERATED ALWAYS at the source take no value that is given to an UPDATE, so on the target they are BY
 * DEFAULT as long as the task writes. {@link StructureEnd} makes them ALWAYS. Stateless.
 */
public final class LateIdentities {

    private LateIdentities() {}

    static String statement(String quotedTable, String quotedColumn) {
        return "ALTER TABLE " + quotedTable + " ALTER COLUMN " + quotedColumn + " SET GENERATED ALWAYS";
    }

    /**
     * From now on these are the ones, under their names at the source. Nothing is noted of a table that the task has not made.
     * In the caller's transaction.
     */
    public static void note(Connection target, TaskOrder order, TableMapping mapping, Collection<String> columns)
            throws SQLException {
        StructureLog log = new StructureLog(order.taskId());
        List<Entry> entries = log.read(target);
        String table = SourceObject.tableId(mapping.source());
        String identity = SourceObject.identityId(mapping.source());
        boolean made = entries.stream().anyMatch(entry -> entry.id().equals(table) && entry.state() != State.SKIPPED);
        boolean known = entries.stream().anyMatch(entry -> entry.id().equals(identity));
        if (!made || !known && columns.isEmpty()) {
            return;
        }
        String ddl = columns.stream()
                .map(column ->
                        statement(Identifier.quote(mapping.target()), Identifier.quote(mapping.targetColumn(column)))
                                + ";")
                .collect(Collectors.joining("\n"));
        log.write(
                target,
                List.of(new Entry(
                        identity,
                        ObjectKind.TABLE_SETTING.name(),
                        SourceObject.identityName(mapping.source()),
                        mapping.source(),
                        Stage.END,
                        columns.isEmpty() ? State.SKIPPED : State.PLANNED,
                        ddl,
                        null,
                        columns.isEmpty() ? "No column of it is GENERATED ALWAYS at the source any more." : null,
                        order.generation())));
    }
}
