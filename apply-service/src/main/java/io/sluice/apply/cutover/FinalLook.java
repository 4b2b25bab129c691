package io.sluice.apply.cutover;

import io.sluice.apply.compare.ComparisonRun;
import io.sluice.apply.compare.RecentRows;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.CutoverStep.Name;
import io.sluice.contracts.errand.CutoverStep.State;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.util.List;
import java.util.stream.Collectors;

/** The comparison before the fence. */
final class FinalLook {

    private static final int WORKERS = 4;
    private static final int NAMED = 20;

    private final Errand.Cutover errand;
    private final Connections source;
    private final Connections target;
    private final RunContext context;
    private final CutoverSteps steps;
    private int looks;

    FinalLook(Errand.Cutover errand, Connections source, Connections target, RunContext context, CutoverSteps steps) {
        this.errand = errand;
        this.source = source;
        this.target = target;
        this.context = context;
        this.steps = steps;
    }

    /** @throws SluiceException {@code SIDES_DIFFER} with the tables that differ */
    void run() {
        steps.begin(Name.COMPARE);
        switch (errand.compare()) {
            case NONE -> steps.end(Name.COMPARE, State.SKIPPED, null);
            case ALL -> end(require(compare(ComparisonKind.CONTENT, List.of()), "content"));
            case RECENT -> end(recent());
        }
    }

    private String recent() {
        String equal = require(compare(ComparisonKind.ROW_COUNT, List.of()), "number of rows");
        RecentRows.Found found = new RecentRows(source, target, context).run();
        equal += ", " + require(found.tables(), "content of rows written lately");
        if (!found.others().isEmpty() && !context.stopping()) {
            equal += ", "
                    + require(
                            compare(ComparisonKind.CONTENT, found.others()),
                            "content of all rows, as too many to look up were written lately, or they have no key");
        }
        return equal;
    }

    private void end(String found) {
        if (!context.stopping()) {
            steps.end(Name.COMPARE, State.DONE, found);
        }
    }

    private List<TableComparison> compare(ComparisonKind kind, List<TableName> tables) {
        // Its notes are no user's comparison: they have numbers of their own, and each look has others.
        int number = -(errand.number() * 1_000 + looks++);
        return new ComparisonRun(
                        new Errand.Comparison(number, kind, tables, WORKERS, null),
                        source,
                        target,
                        context,
                        shown -> steps.detail(Name.COMPARE, "comparing: " + kind))
                .run();
    }

    private static String require(List<TableComparison> tables, String what) {
        List<TableComparison> compared = tables.stream()
                .filter(table -> table.code() != ErrorCode.TABLE_UNSUPPORTED)
                .toList();
        List<TableComparison> differing = compared.stream()
                .filter(table -> table.state() != TableComparison.State.EQUAL)
                .toList();
        if (!differing.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.SIDES_DIFFER,
                    differing.size() + " tables are not equal in the " + what + ": "
                            + differing.stream()
                                    .limit(NAMED)
                                    .map(FinalLook::text)
                                    .collect(Collectors.joining("; "))
                            + ". Compare them, repair them, and cut over again.");
        }
        int others = tables.size() - compared.size();
        return compared.size() + " tables are equal in the " + what
                + (others == 0 ? "" : ", " + others + " cannot be compared since their transforms leave rows out");
    }

    private static String text(TableComparison table) {
        return table.table() + " (" + table.state() + ", " + table.sourceRows() + " and " + table.targetRows()
                + " rows, "
                + table.missing() + " missing, " + table.extra() + " extra, " + table.changed() + " changed"
                + (table.detail() == null ? "" : ", " + table.detail()) + ")";
    }
}
