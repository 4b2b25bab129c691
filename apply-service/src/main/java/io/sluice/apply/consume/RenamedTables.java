package io.sluice.apply.consume;

import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.consume.ChangeFeed.Entry;
import io.sluice.apply.ddl.TableRenaming;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What becomes of tables that get other names at the source while a run applies changes. Not thread-safe. */
public final class RenamedTables {

    private final @Nullable TableRenaming renaming;
    private final boolean alone;
    private final NewNames names;

    /**
     * @param chosen the task's tables
     * @param renaming carries the names over; null when the user does not want that
     * @param alone nothing is loaded beside the stream in this run
     */
    public RenamedTables(ChosenChanges chosen, @Nullable TableRenaming renaming, boolean alone) {
        this.renaming = renaming;
        this.alone = alone;
        this.names = new NewNames(table -> renaming != null && chosen.has(table));
    }

    /** Some wait to be renamed on the target, at the end of the source's transaction. */
    boolean any() {
        return names.any();
    }

    /**
     * The record with the names that the run has.
     *
     * @param apart tables that the stream passes over
     * @throws BeginAgainException when nothing may be loaded beside the stream meanwhile
     */
    ChangeRecord known(Entry entry, Handover apart, PendingChanges pending) {
        ChangeRecord change = names.known(entry.change(), entry.offset());
        if (names.any()) {
            Set<TableName> passedOver = alone ? Set.of() : apart.apart();
            for (TableName table : names.tables()) {
                if (passedOver.contains(table)) {
                    // Whoever loads it has its hands on the target's table.
                    throw new BeginAgainException(true);
                }
                pending.requireOlder(table, entry.change());
            }
        }
        return change;
    }

    /** In the transaction that stores the position behind them. */
    void carryOut(Connection target, long nextOffset) throws SQLException {
        if (renaming != null && names.any()) {
            renaming.carryOut(target, names.renamings(), names.ofSchema(), names.position(), nextOffset);
        }
    }
}
