package io.sluice.apply.join;

import io.sluice.apply.ThreadEnd;
import io.sluice.apply.exception.Suspension;
import io.sluice.apply.position.FencedException;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/**
 * Works on the tables that are apart, on a thread of its own, as long as the stream runs and there are any. What is wrong
 * with a table is shown at the table and tried again as long as that may help; the stream goes on.
 */
public final class Joins implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Joins.class);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Surroundings with;
    private final JoinContext context;
    private final KeptOut keptOut;
    private final Thread thread;

    /** @param keptOut what an earlier stream of the run knows of, and a later one is to know */
    public Joins(Surroundings with, RunContext context, KeptOut keptOut) {
        this.with = with;
        this.keptOut = keptOut;
        this.context = new JoinContext(context);
        this.thread = Thread.ofPlatform().name("join-" + with.order().taskId()).unstarted(this::work);
    }

    /**
     * Begins when there is something to do; says of each table how far it is.
     *
     * @param loads what is noted of the loads of all tables
     * @param suspensions of those that are suspended
     */
    public void begin(
            Collection<TableTurn> turns, Map<TableName, TableLoad> loads, Collection<Suspension> suspensions) {
        context.known(loads.values());
        context.done(names(turns, Step.JOINED, Step.DONE));
        context.waiting(names(turns, Step.EMPTY, Step.LOAD), null);
        context.returning(names(turns, Step.RETURNING));
        context.suspended(suspensions);
        if (turns.stream().anyMatch(turn -> turn.step() != Step.DONE && turn.step() != Step.SUSPENDED)) {
            thread.start();
        }
    }

    private static Set<TableName> names(Collection<TableTurn> turns, Step... steps) {
        Set<TableName> names = new TreeSet<>();
        turns.stream().filter(turn -> List.of(steps).contains(turn.step())).forEach(turn -> names.add(turn.table()));
        return names;
    }

    private void work() {
        Duration pause = FIRST_PAUSE;
        while (!context.stopping()) {
            try {
                attempt();
                return;
            } catch (FencedException e) {
                with.handover().fail(e);
                return;
            } catch (SluiceException e) {
                if (context.stopping()) {
                    return;
                }
                LOG.warnf(
                        e,
                        "Tables could not be loaded: task=%s code=%s",
                        with.order().taskId(),
                        e.code());
                boolean unused = with.handover().withdraw(again(e));
                if (e.code().retry() == ErrorCode.Retry.NEVER) {
                    return;
                }
            } catch (RuntimeException | Error e) {
                with.handover()
                        .fail(new SluiceException(
                                ErrorCode.INTERNAL, "Loading tables beside the stream broke: " + e, e));
                return;
            }
            context.pause(pause);
            keptOut.tryAgain();
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    /** @throws SluiceException what has failed; it is shown at the tables that it keeps */
    private void attempt() {
        try (DatabaseSession reader =
                        DatabaseSession.open(with.source(), context, List.of(DatabaseSession.LOCK_TIMEOUT));
                DatabaseSession target = DatabaseSession.open(
                        with.target(), context, with.dialect().sessionSetup())) {
            SluiceException ofSome;
            try {
                ofSome = new TableJoin(with, context, keptOut, reader, target).run();
            } catch (SluiceException e) {
                if (!context.stopping()) {
                    showFailure(target, e);
                }
                throw e;
            }
            if (ofSome != null && !context.stopping()) {
                throw ofSome;
            }
        }
    }

    private void showFailure(DatabaseSession target, SluiceException cause) {
        // What the attempt has left open must not be committed: a part of a transaction, without its position.
        target.end();
        try {
            TableTurns turns = new TableTurns(with.order().taskId());
            Collection<TableTurn> now =
                    target.inTransaction("reading what is loaded", turns::read).values();
            context.failed(names(now, Step.EMPTY, Step.LOAD, Step.RETURNING), String.valueOf(cause.getMessage()));
        } catch (SluiceException e) {
            LOG.debug("The failure is shown with the next try", e);
        }
    }

    /** Where the stream waits for the catch-up already, the run begins anew, whatever was wrong with the tables. */
    private static SluiceException again(SluiceException cause) {
        return cause.code().retry() != ErrorCode.Retry.NEVER
                ? cause
                : new SluiceException(ErrorCode.DATABASE_ERROR, String.valueOf(cause.getMessage()), cause);
    }

    /** Returns when nothing is done any more. */
    @Override
    public void close() {
        context.close();
        ThreadEnd.await(thread);
    }
}
