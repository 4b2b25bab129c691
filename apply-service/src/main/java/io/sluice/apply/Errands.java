package io.sluice.apply;

import io.sluice.apply.compare.ComparisonRun;
import io.sluice.apply.compare.ObjectComparison;
import io.sluice.apply.compare.RepairRun;
import io.sluice.apply.cutover.CutoverRun;
import io.sluice.apply.position.FencedException;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Carries errands out, with connections of their own. Their sessions have another name than those of the run, which every
 * claim of the task ends.
 */
final class Errands implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Errands.class);

    private static final int PORTION = 100;
    private static final int MOST_OBJECTS = 1_000;

    private final RunContext context;
    private final Connections source;
    private final Connections target;

    Errands(RunContext context) {
        this.context = context;
        this.source = connections("source", context.order().spec().source());
        this.target = connections("target", context.order().spec().target());
    }

    private Connections connections(String what, Endpoint endpoint) {
        return new Connections(
                what,
                endpoint,
                Credentials.of(endpoint, context::open),
                "sluice-errand " + context.order().taskId());
    }

    void compare(Errand.Comparison errand) {
        Fact.ComparisonEnded end;
        try {
            switch (errand.kind()) {
                case OBJECTS -> compareObjects(errand.number());
                case ROW_COUNT, CONTENT ->
                    new ComparisonRun(
                                    errand,
                                    source,
                                    target,
                                    context,
                                    tables -> context.report(new Fact.ComparisonProgress(errand.number(), tables)))
                            .run();
            }
            end = new Fact.ComparisonEnded(errand.number(), null, null);
        } catch (SluiceException e) {
            end = new Fact.ComparisonEnded(errand.number(), e.code(), String.valueOf(e.getMessage()));
        }
        // Whoever takes the task over goes on.
        if (!context.stopping()) {
            context.report(end);
        }
    }

    /** Says that an errand has ended by an error that nobody has foreseen; without a word it would go on for ever. */
    static void failed(Errand errand, RunContext context, Throwable error) {
        ErrorCode code = error instanceof SluiceException known ? known.code() : ErrorCode.INTERNAL;
        String detail = error instanceof SluiceException ? String.valueOf(error.getMessage()) : unexpected(error);
        switch (errand) {
            case Errand.Comparison comparison ->
                context.report(new Fact.ComparisonEnded(comparison.number(), code, detail));
            case Errand.Repair repair ->
                context.report(new Fact.RepairProgress(repair.number(), List.of(), true, code, detail));
            case Errand.Snapshot snapshot -> {
                // Capture's.
            }
            case Errand.Cutover cutover -> CutoverRun.failed(cutover, context, Clock.systemUTC(), detail);
        }
    }

    /** The class alone: what an error says may hold values of rows. */
    private static String unexpected(Throwable error) {
        return "An unexpected error: " + error.getClass().getSimpleName() + "; see the log of apply-service.";
    }

    private void compareObjects(int number) {
        ObjectComparison.Result result = new ObjectComparison(source, target, context).run();
        List<ObjectDifference> found = result.differences();
        int from = 0;
        do {
            List<ObjectDifference> some = found.subList(from, Math.min(from + PORTION, found.size()));
            context.report(new Fact.ObjectsCompared(number, from, result.objects(), result.total(), some));
            from += PORTION;
        } while (from < Math.min(found.size(), MOST_OBJECTS));
    }

    void repair(Errand.Repair errand) {
        AtomicReference<List<TableRepair>> done = new AtomicReference<>(List.of());
        Fact.RepairProgress end;
        try {
            List<TableRepair> tables = new RepairRun(errand, source, target, context, known -> {
                        done.set(known);
                        context.report(new Fact.RepairProgress(errand.number(), known, false, null, null));
                    })
                    .run();
            end = new Fact.RepairProgress(errand.number(), tables, true, null, null);
        } catch (SluiceException e) {
            end = new Fact.RepairProgress(errand.number(), done.get(), true, e.code(), String.valueOf(e.getMessage()));
        } catch (FencedException e) {
            end = new Fact.RepairProgress(
                    errand.number(),
                    done.get(),
                    true,
                    ErrorCode.TASK_FENCED,
                    "This task was stopped or cut over; nothing is written to the target for it any more.");
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "A repair failed: task=%s", context.order().taskId());
            end = new Fact.RepairProgress(errand.number(), done.get(), true, ErrorCode.INTERNAL, unexpected(e));
        }
        // Whoever takes the task over goes on.
        if (!context.stopping()) {
            context.report(end);
        }
    }

    void cutOver(Errand.Cutover errand) {
        new CutoverRun(errand, source, target, context, Clock.systemUTC()).run();
    }

    @Override
    public void close() {
        source.close();
        target.close();
    }
}
