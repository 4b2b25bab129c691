package io.sluice.apply.change;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.TableName;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/** Which changes a task applies at all: those of its tables, of the operations that its user has chosen. */
public final class ChosenChanges {

    private final Set<TableName> tables;
    private final Set<ChangeChoice.Operation> operations;

    /** @param tables with their names at the source */
    public ChosenChanges(Collection<TableName> tables, Collection<ChangeChoice.Operation> operations) {
        this.tables = Set.copyOf(tables);
        this.operations = EnumSet.noneOf(ChangeChoice.Operation.class);
        this.operations.addAll(operations);
    }

    /** Whether it is a table of the task. */
    public boolean has(TableName table) {
        return tables.contains(table);
    }

    /** Marks in the stream are never left out. */
    public boolean holds(ChangeRecord change) {
        return switch (change) {
            case RowChange row -> tables.contains(row.table()) && operations.contains(operation(row));
            case Truncate truncate ->
                tables.contains(truncate.table()) && operations.contains(ChangeChoice.Operation.TRUNCATE);
            case TooLarge large -> tables.contains(large.table());
            case Ddl ddl -> operations.contains(ChangeChoice.Operation.DDL);
            case TransactionEnd end -> true;
            case Heartbeat heartbeat -> true;
        };
    }

    private static ChangeChoice.Operation operation(RowChange row) {
        return switch (row.operation()) {
            case INSERT -> ChangeChoice.Operation.INSERT;
            case UPDATE -> ChangeChoice.Operation.UPDATE;
            case DELETE -> ChangeChoice.Operation.DELETE;
        };
    }
}
