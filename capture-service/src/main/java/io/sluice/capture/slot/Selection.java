package io.sluice.capture.slot;

import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import java.util.Collection;
import java.util.List;

/**
 * The tables of an order.
 *
 * @param number grows with every change of the tables
 * @param tables those whose changes are to be published
 * @param renames up to which the source's renamings are known: since then tables may have got other names
 * @param loads what apply copies while changes stream: these tables need no changes from before
 */
public record Selection(long number, List<TableName> tables, long renames, List<LoadRequest> loads) {

    public Selection {
        tables = List.copyOf(tables);
        loads = List.copyOf(loads);
    }

    /** The tables of a start. */
    public static Selection ofStart(Collection<TableName> tables) {
        return new Selection(0, List.copyOf(tables), 0, List.of());
    }

    /** Whether apply copies the table anew because of an order that came after another selection. */
    public boolean isCopiedSince(TableName table, long earlier) {
        return loads.stream().anyMatch(load -> load.table().equals(table) && load.number() > earlier);
    }
}
