package io.sluice.apply.join;

import io.sluice.apply.change.AlteredTables;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.consume.BeginAgainException;
import io.sluice.apply.exception.SuspensionTable;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.WatchedTables;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/**
 * Brings suspended tables back into the stream that users have go on: what was passed over of them is read from the topic
 * again. One that cannot go on is suspended again, where it has come to; the others go on.
 */
final class ReturningTables {

    private static final Logger LOG = Logger.getLogger(ReturningTables.class);

    private final Surroundings with;
    private final JoinContext context;
    private final DatabaseSession target;
    private final TableTurns turns;

    ReturningTables(Surroundings with, JoinContext context, DatabaseSession target) {
        this.with = with;
        this.context = context;
        this.target = target;
        this.turns = new TableTurns(with.order().taskId());
    }

    /** Returns when none is left that could go on; false when the run must end before. */
    boolean bringBack() {
        while (true) {
            List<TableTurn> group = next();
            if (group.isEmpty()) {
                return true;
            }
            Set<TableName> tables = new TreeSet<>();
            group.forEach(turn -> tables.add(turn.table()));
            try {
                context.returning(tables);
                look(tables);
                Map<TableName, TableLoad> loads =
                        target.inTransaction("reading the bookkeeping", with.bookkeeping()::tableLoads);
                if (!new BesideTheStream(with, context, target).catchUp(group, loads)) {
                    return false;
                }
                context.done(tables);
            } catch (SluiceException e) {
                if (context.stopping() || !suspendAgain(tables, e)) {
                    throw e;
                }
                // Where the stream waits for the catch-up already, it has read on: it begins again, and this with it.
                if (with.handover().withdraw(new BeginAgainException())) {
                    return false;
                }
            }
        }
    }

    /** Those that stand at the same place, which is before that of all others. */
    private List<TableTurn> next() {
        List<TableTurn> returning = target.inTransaction("reading what is suspended", turns::read).values().stream()
                .filter(turn -> turn.step() == Step.RETURNING)
                .toList();
        long first = returning.stream().mapToLong(TableTurn::nextOffset).min().orElse(0);
        return returning.stream().filter(turn -> turn.nextOffset() == first).toList();
    }

    /** They go on without a copy: others in their place would lack the rows. */
    private void look(Set<TableName> tables) {
        target.transact("looking at tables that come back", connection -> {
            with.bookkeeping().share(connection, with.epoch());
            WatchedTables.of(with.order()).comeBack(connection, tables);
        });
    }

    private boolean suspendAgain(Set<TableName> tables, SluiceException cause) {
        target.end();
        return switch (cause) {
            case TableFailure failure -> suspend(with.named(failure, tables), failure);
            case AlteredTables altered -> {
                boolean suspended = false;
                for (TableFailure failure : altered.each()) {
                    suspended |= suspend(with.named(failure, tables), failure);
                }
                yield suspended;
            }
            case SluiceException e
            when e.code() == ErrorCode.CHANGES_EXPIRED -> {
                for (TableName table : tables) {
                    boolean unused = suspend(Set.of(table), expired(table));
                }
                yield true;
            }
            default -> false;
        };
    }

    private static TableFailure expired(TableName table) {
        return TableFailure.ofSource(
                table,
                ErrorCode.CHANGES_EXPIRED,
                "Changes of " + table
                        + " that were passed over since it was suspended have left the change topic by its"
                        + " retention. Reload the table.");
    }

    /** Returns false when there is nothing to suspend. */
    private boolean suspend(Set<TableName> tables, TableFailure failure) {
        if (tables.isEmpty()) {
            return false;
        }
        LOG.warnf(
                failure, "Tables cannot go on: task=%s tables=%s", with.order().taskId(), tables);
        SuspensionTable suspensions = new SuspensionTable(with.order().taskId());
        target.transact("suspending tables again", connection -> {
            with.bookkeeping().share(connection, with.epoch());
            turns.suspend(connection, tables, 0);
            for (TableName table : tables) {
                suspensions.add(connection, table, failure, Lsn.ZERO);
            }
        });
        context.suspended(target.inTransaction("reading what is suspended", suspensions::open).stream()
                .filter(one -> tables.contains(one.table()))
                .toList());
        return true;
    }
}
