package io.sluice.apply.cutover;

import io.sluice.apply.compare.AppliedPosition;
import io.sluice.apply.compare.ComparisonRun;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.FencedException;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.sequence.Sequences;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.errand.CutoverStep.Name;
import io.sluice.contracts.errand.CutoverStep.State;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.CutoverState;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Carries a cutover out. Every step can be begun again, so another run goes on from the first one. Until the fence it can
 * be aborted, and what it did to the source is undone.
 */
public final class CutoverRun {

    private static final Logger LOG = Logger.getLogger(CutoverRun.class);

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final Duration CAUGHT_UP_WITHIN = Duration.ofSeconds(3);

    /** Nobody is to stop the source once more because a machine is busy. */
    private static final Duration FENCED_WITHIN = Duration.ofSeconds(15);

    /** A session that has gone idle tells of what it wrote within ten seconds. */
    private static final Duration QUIET_FOR = Duration.ofSeconds(11);

    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(2);

    private final Errand.Cutover errand;
    private final Connections source;
    private final Connections target;
    private final RunContext context;
    private final CutoverSteps steps;
    private final CutoverNotes notes;
    private final FinalLook look;

    /** Where the target was before the source was looked at for so long that several heartbeats have come since. */
    private Lsn before = Lsn.ZERO;

    /** @param target whose sessions no claim of the task ends */
    public CutoverRun(Errand.Cutover errand, Connections source, Connections target, RunContext context, Clock clock) {
        this.errand = errand;
        this.source = source;
        this.target = target;
        this.context = context;
        this.steps = new CutoverSteps(errand.number(), context, clock);
        this.notes = new CutoverNotes(context.order().taskId(), errand.number());
        this.look = new FinalLook(errand, source, target, new UntilAborted(context, this::aborted), steps);
    }

    /** The user has aborted it, or the instance loses the task. */
    private static final class EndedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    public void run() {
        while (!context.stopping()) {
            try (DatabaseSession onSource = DatabaseSession.open(source, context, List.of());
                    DatabaseSession onTarget = DatabaseSession.open(target, context, List.of())) {
                carryOut(new Sides(onSource, onTarget));
                return;
            } catch (FencedException e) {
                LOG.infof("The task is in other hands: task=%s", context.order().taskId());
                return;
            } catch (SluiceException e) {
                if (context.stopping()) {
                    return;
                }
                LOG.warnf("A cutover waits: task=%s cause=%s", context.order().taskId(), e.getMessage());
                steps.detail(Name.WAIT_FOR_LAG, "waits for a database: " + e.getMessage());
                boolean unused = context.pause(BETWEEN_ATTEMPTS);
            }
        }
    }

    /** Tells of a cutover that cannot even begin, or that ended by an error that nobody has foreseen. */
    public static void failed(Errand.Cutover errand, RunContext context, Clock clock, String detail) {
        CutoverSteps steps = new CutoverSteps(errand.number(), context, clock);
        steps.begin(Name.WAIT_FOR_LAG);
        steps.failRunning(detail);
        steps.report(CutoverState.FAILED);
    }

    /** For the newest order that this instance has: the errand goes on when it is repeated. */
    private Bookkeeping bookkeeping() {
        return new Bookkeeping(context.order());
    }

    /** Both databases. */
    record Sides(DatabaseSession source, DatabaseSession target) {}

    private void carryOut(Sides sides) {
        if (sides.target()
                .inTransaction("looking for the fence", on -> bookkeeping().ended(on))) {
            // This cutover's own: the task is asked for nothing else while one runs.
            steps.end(Name.FENCE, State.DONE, null);
            steps.report(CutoverState.FENCED);
            return;
        }
        sides.target().transact("keeping notes of the cutover", on -> {
            bookkeeping().requireNewest(on);
            notes.prepare(on, bookkeeping());
            // Of a run that has ended: rows may have been written since.
            ComparisonRun.forgetLooks(on, context.order().taskId());
        });
        CutoverState ended = sides.target().inTransaction("reading notes of the cutover", notes::ended);
        if (ended != null) {
            // By another instance, whose word may not have come through.
            steps.report(ended);
            return;
        }
        try {
            waitForLag(sides);
            boolean fenced = false;
            while (!fenced) {
                before = position(sides).applied();
                SourceWrites.Seen quiet = quiet(sides);
                applyRest(sides);
                setSequences(sides);
                look.run();
                fenced = fence(sides, quiet);
            }
            steps.report(CutoverState.FENCED);
        } catch (EndedException e) {
            if (!context.stopping()) {
                end(sides, CutoverState.ABORTED);
            }
        } catch (SluiceException e) {
            if (context.stopping()) {
                return;
            }
            if (e.code().retry() == ErrorCode.Retry.CONNECTION) {
                throw e;
            }
            fail(sides, String.valueOf(e.getMessage()));
        } catch (FencedException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            if (context.stopping()) {
                return;
            }
            LOG.errorf(e, "A cutover failed: task=%s", context.order().taskId());
            fail(sides, "An unexpected error: " + e.getClass().getSimpleName() + "; see the log of apply-service.");
        }
    }

    private void fail(Sides sides, String why) {
        steps.failRunning(why);
        end(sides, CutoverState.FAILED);
    }

    private void requireGoingOn() {
        if (aborted() || context.stopping()) {
            throw new EndedException();
        }
    }

    /** The target lacks changes of such a table, and will get none before somebody does something about it. */
    private void requireNoneSuspended(Sides sides) {
        sides.target()
                .transact(
                        "looking for suspended tables",
                        on -> new TableTurns(context.order().taskId()).requireNoneSuspended(on));
    }

    private boolean aborted() {
        return context.order().errands().stream()
                .anyMatch(other -> other instanceof Errand.Cutover cutover
                        && cutover.number() == errand.number()
                        && cutover.aborted());
    }

    private void pause() {
        boolean unused = context.pause(LOOK_EVERY);
        requireGoingOn();
    }

    private AppliedPosition position(Sides sides) {
        return new AppliedPosition(context.order().taskId(), sides.source(), sides.target(), context);
    }

    private void waitForLag(Sides sides) {
        steps.begin(Name.WAIT_FOR_LAG);
        AppliedPosition position = position(sides);
        while (true) {
            requireGoingOn();
            requireNoneSuspended(sides);
            Lsn end = position.sourceEnd();
            if (position.await(end, CAUGHT_UP_WITHIN)) {
                steps.end(Name.WAIT_FOR_LAG, State.DONE, null);
                return;
            }
            String behind = (end.value() - position.applied().value()) + " bytes of WAL behind";
            steps.detail(
                    Name.WAIT_FOR_LAG,
                    position.live() ? behind : behind + "; nothing is being applied: resume the task");
            pause();
        }
    }

    private SourceWrites.Seen quiet(Sides sides) {
        steps.begin(Name.SOURCE_QUIET);
        SourceWrites writes = new SourceWrites(sides.source(), context.order().tables());
        OldSessions sessions = null;
        if (errand.endSessions()) {
            // First of all: a role that is not there is to change nothing.
            OldSessions.requireRoles(sides.source(), errand.endSessionsOf());
        }
        if (errand.readOnlySource()) {
            if (!writes.isReadOnly()) {
                // Noted first: what is noted can be undone, whoever dies in between.
                sides.target().transact("keeping notes of the cutover", on -> {
                    bookkeeping().requireNewest(on);
                    notes.readOnly(on, true);
                });
                writes.makeReadOnly();
            }
            if (errand.endSessions()) {
                sessions = OldSessions.of(sides.source(), errand.endSessionsOf());
                sessions.end();
            }
        }
        SourceWrites.Seen seen = writes.look();
        long since = System.nanoTime();
        while (System.nanoTime() - since < QUIET_FOR.toNanos()) {
            pause();
            if (sessions != null) {
                sessions.end();
            }
            SourceWrites.Seen now = writes.look();
            if (now.transactions() > 0 || !now.equals(seen)) {
                since = System.nanoTime();
                steps.detail(
                        Name.SOURCE_QUIET,
                        "the source is still written to: " + (now.rows() - seen.rows()) + " rows since the last look, "
                                + now.transactions()
                                + " open transactions that write. Stop its applications, or abort");
            }
            seen = now;
        }
        String how = (errand.readOnlySource() ? "read-only for new sessions; " : "")
                + (sessions == null ? "" : sessions.summary() + "; ");
        steps.end(Name.SOURCE_QUIET, State.DONE, how + "no row written for " + QUIET_FOR.toSeconds() + " s");
        return seen;
    }

    private void applyRest(Sides sides) {
        steps.begin(Name.APPLY_REST);
        AppliedPosition position = position(sides);
        Lsn end = position.sourceEnd();
        while (!position.await(end, CAUGHT_UP_WITHIN)) {
            requireGoingOn();
            steps.detail(Name.APPLY_REST, "the target is at " + position.applied() + ", the source ended at " + end);
        }
        steps.end(Name.APPLY_REST, State.DONE, "the target has everything up to " + end);
    }

    private void setSequences(Sides sides) {
        steps.begin(Name.SEQUENCES);
        Sequences.Result result = moveSequences(sides);
        steps.end(
                Name.SEQUENCES,
                State.DONE,
                result.set() + " sequences are past the source's"
                        + listed("; without the margin, which they have no room for: ", result.close())
                        + listed("; not on the target: ", result.missing()));
    }

    private Sequences.Result moveSequences(Sides sides) {
        return new Sequences(context.order().spec(), context.order().tables(), errand.sequenceMargin())
                .move(sides.source(), sides.target(), bookkeeping());
    }

    private static String listed(String what, List<String> names) {
        return names.isEmpty() ? "" : what + String.join(", ", names);
    }

    /** Returns false when the source was written to meanwhile, and everything has to be looked at again. */
    private boolean fence(Sides sides, SourceWrites.Seen quiet) {
        requireGoingOn();
        steps.begin(Name.FENCE);
        requireNoneSuspended(sides);
        SourceWrites writes = new SourceWrites(sides.source(), context.order().tables());
        // Whatever was committed until now is on the target first, also what no statistics have told of yet.
        AppliedPosition position = position(sides);
        Lsn end = position.sourceEnd();
        // A single record of a place where the source is not yet would stand still.
        boolean caughtUp =
                position.await(end, FENCED_WITHIN) && position.applied().isAfter(before);
        if (caughtUp) {
            // A row may have come since they were set, of which no statistics tell yet.
            Sequences.Result unused = moveSequences(sides);
        }
        if (!caughtUp
                || !writes.look().equals(quiet)
                || !sides.target().inTransaction("fencing the task", on -> {
                    notes.requireOpen(on);
                    return bookkeeping().endAt(on, end);
                })) {
            steps.detail(Name.FENCE, "the source was written to in the meantime; once more from SOURCE_QUIET");
            return false;
        }
        steps.end(Name.FENCE, State.DONE, "nothing is written to the target for this task any more");
        return true;
    }

    /** Noted before it is told: an instance that has missed the abortion must not come to the fence after it. */
    private void end(Sides sides, CutoverState state) {
        undo(sides);
        sides.target().transact("keeping notes of the cutover", on -> {
            bookkeeping().requireNewest(on);
            notes.end(on, state);
        });
        steps.report(state);
    }

    private void undo(Sides sides) {
        try {
            boolean readOnly = sides.target().inTransaction("reading notes of the cutover", on -> {
                bookkeeping().requireNewest(on);
                return notes.madeReadOnly(on);
            });
            if (readOnly) {
                new SourceWrites(sides.source(), List.of()).makeWritable();
                sides.target().transact("keeping notes of the cutover", on -> {
                    bookkeeping().requireNewest(on);
                    notes.readOnly(on, false);
                });
            }
        } catch (SluiceException e) {
            if (e.code().retry() == ErrorCode.Retry.CONNECTION) {
                throw e;
            }
            steps.detail(
                    Name.SOURCE_QUIET,
                    "the source's database could not be made writable again: " + e.getMessage()
                            + " Run ALTER DATABASE ... RESET default_transaction_read_only there.");
        }
    }
}
