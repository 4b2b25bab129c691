package io.sluice.apply.exception;

import io.sluice.apply.exception.ExceptionTable.State;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.apply.position.TableTurns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;

/**
 * Does what users ask for errors that belong to one table: has a suspended table go on from where it stands, with the
 * change that was not applied or without it; leaves a command out on which the task has stopped. Every method runs in the
 * transaction of the connection it is given. Stateless.
 */
public final class SuspensionDesk {

    static final String NOTHING_TO_SKIP =
            "There is no single change that could be left out. Remove the cause and retry, or reload the table. ";

    private final SuspensionTable table;
    private final TableTurns turns;

    public SuspensionDesk(String taskId) {
        this.table = new SuspensionTable(taskId);
        this.turns = new TableTurns(taskId);
    }

    /** Whether there is anything that {@link #attend} could do. */
    public boolean any(Connection target) throws SQLException {
        return !table.open(target).isEmpty();
    }

    /**
     * @param applied up to here the stream has applied everything of the tables that it carries
     * @return whether tables are to go on, or changes are left out: the run must look at its tables anew
     */
    public boolean attend(Connection target, Lsn applied) throws SQLException {
        boolean news = false;
        Map<TableName, TableTurn> known = turns.read(target);
        for (Suspension one : table.open(target)) {
            TableTurn turn = known.get(one.table());
            Step step = turn == null ? Step.DONE : turn.step();
            news |= carryOut(target, one, step, one.answer(step, applied));
        }
        return news;
    }

    private boolean carryOut(Connection target, Suspension one, Step step, Suspension.Answer answer)
            throws SQLException {
        switch (answer) {
            case NOTHING -> {
                return false;
            }
            case OVER -> {
                table.close(target, one, State.RETRIED);
                return false;
            }
            case DECLINE -> {
                String said = one.detail().startsWith(NOTHING_TO_SKIP) ? "" : NOTHING_TO_SKIP;
                table.decline(target, one, said + one.detail());
                return false;
            }
            case LEAVE_OUT -> table.close(target, one, State.SKIPPED);
            case GO_ON -> {
                // Open until the table is in step.
            }
        }
        if (step == Step.SUSPENDED) {
            turns.returning(target, Set.of(one.table()));
        }
        return true;
    }
}
