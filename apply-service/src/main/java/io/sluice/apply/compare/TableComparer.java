package io.sluice.apply.compare;

import io.sluice.apply.compare.ComparisonNotes.Kept;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Compares one table. */
final class TableComparer {

    private static final int COUNT_ROUNDS = 3;

    /** A table without a key is kept under one snapshot for no longer, since both sides keep old row versions for it. */
    private static final Duration LONGEST_WHOLE = Duration.ofMinutes(10);

    private static final String MISSED =
            "Rows were written while the table was read under several snapshots, and it has no key by which one that has"
                    + " moved meanwhile would be found; compare it again while less is written, or without a limit. ";

    private static final String CUT_SHORT =
            "The table was read under several snapshots, and somebody waited for it while the rows were looked up that were"
                    + " written meanwhile; compare it again. ";

    private static final String LOST =
            "The sides were not the same when they were read, but no row was found that differs; compare it again. ";

    private final Errand.Comparison errand;
    private final ComparedTable table;
    private final RowHash hash;
    private final Sessions sessions;
    private final NoteKeeper notes;
    private final RunContext context;
    private final AppliedPosition position;
    private final Snapshots snapshots;
    private final Pace pace;

    /** Nothing was on its way when the comparison began. */
    private final boolean quiet;

    /** The sums of both sides differ, and no row says why. */
    private boolean lost;

    /** A row may have been missed that nothing finds. */
    private boolean uncertain;

    TableComparer(
            String taskId,
            Errand.Comparison errand,
            ComparedTable table,
            RowHash hash,
            Sessions sessions,
            NoteKeeper notes,
            RunContext context) {
        this.errand = errand;
        this.table = table;
        this.hash = hash;
        this.sessions = sessions;
        this.notes = notes;
        this.context = context;
        this.position = new AppliedPosition(taskId, sessions.sourceLookUp(), sessions.targetLookUp(), context);
        this.snapshots = new Snapshots(sessions, position);
        this.pace = new Pace(errand.maxRowsPerSecond(), context);
        this.quiet = !position.pending();
    }

    /** Goes on from what is known. Returns the end of it, or what is known when the run must end before. */
    TableComparison run(@Nullable ScanState known) {
        boolean content = errand.kind() == ComparisonKind.CONTENT;
        ScanState from = known != null ? known : ScanState.begin(pieces(content));
        ScanState read = scan(from, content);
        for (int round = 1;
                !content && table.keyed() && round < COUNT_ROUNDS && position.live() && !equal(read);
                round++) {
            if (context.stopping()) {
                break;
            }
            read = scan(ScanState.begin(from.pieces()), false);
        }
        if (context.stopping()) {
            return result(read, State.READING, null, false);
        }
        if (!table.keyed() && read.renewed()) {
            read = certain(read, content);
        }
        if (context.stopping()) {
            return result(read, State.RECHECKING, null, false);
        }
        List<Integer> differing =
                read.source().checksums().differing(read.target().checksums());
        if (differing.isEmpty() && !mayHaveMoved(read)) {
            return result(read, equal(), null, false);
        }
        return search(read, differing, content);
    }

    private boolean mayHaveMoved(ScanState read) {
        return table.keyed() && read.renewed();
    }

    /**
     * Rows of a table without a key cannot be looked up. When some were written while it was read under several snapshots, it
     * is read again under one.
     */
    private ScanState certain(ScanState read, boolean content) {
        notes.keep(new Kept(result(read, State.RECHECKING, null, false), read));
        if (!new WrittenMeanwhile(table, sessions, position, pace).test(read, Objects.requireNonNull(read.since()))) {
            return read;
        }
        ScanState whole = takesTooLong(read)
                ? null
                : scan(ScanState.begin(read.pieces()), content, state -> {}).runWithin(LONGEST_WHOLE);
        uncertain = whole == null;
        return whole == null ? read : whole;
    }

    /** With the limit that was asked for. */
    private boolean takesTooLong(ScanState read) {
        Long most = errand.maxRowsPerSecond();
        return most != null && rows(read) / most >= LONGEST_WHOLE.toSeconds();
    }

    private static long rows(ScanState read) {
        return Math.max(
                read.source().checksums().rows(), read.target().checksums().rows());
    }

    private State equal() {
        return uncertain || lost ? State.UNSETTLED : State.EQUAL;
    }

    private static boolean equal(ScanState read) {
        return read.source().checksums().differing(read.target().checksums()).isEmpty();
    }

    private Pieces pieces(boolean content) {
        // Numbers of rows are counted in one piece unless the rows have to be looked for.
        return content || table.keyed() ? PieceChoice.of(table, sessions.sourceScan(), hash) : new Pieces.ByHash(1);
    }

    private ScanState scan(ScanState from, boolean content) {
        return scan(from, content, state -> notes.keep(new Kept(result(state, State.READING, null, false), state)))
                .run();
    }

    private TableScan scan(ScanState from, boolean content, Consumer<ScanState> checkpoint) {
        return new TableScan(table, hash, content, snapshots, context, errand.maxRowsPerSecond(), from, checkpoint);
    }

    private TableComparison search(ScanState read, List<Integer> differing, boolean content) {
        notes.keep(new Kept(result(read, State.RECHECKING, null, false), read));
        notes.forgetRows(table);
        AtomicInteger place = new AtomicInteger();
        Findings findings = new Findings(rows -> notes.keepRows(table, place.getAndAdd(rows.size()), rows));
        boolean all = true;
        if (table.keyed()) {
            KeyCheck check = new KeyCheck(table, sessions, position, content, context);
            new KeySearch(table, hash, content, snapshots, check, findings, context, pace)
                    .run(read.pieces(), differing, rows(read));
            if (mayHaveMoved(read) && !findings.enough() && !context.stopping()) {
                uncertain = !new MovedRows(
                                table, hash, sessions.sourceScan(), check, findings, context, errand.maxRowsPerSecond())
                        .run(Objects.requireNonNull(read.since()), read.pieces(), differing);
            }
            all = !findings.enough() && !uncertain;
        } else if (content) {
            all = new MultisetSearch(table, hash, snapshots, sessions, position, findings, context, pace)
                    .run(read.pieces(), differing, rows(read));
        } else {
            return counted(read);
        }
        if (context.stopping()) {
            return result(read, State.RECHECKING, null, false);
        }
        // Keys that are equal but not written alike can fall into different pieces, which says nothing of numbers.
        lost = quiet
                && findings.total() + findings.unsettled() == 0
                && (content
                        ? !differing.isEmpty()
                        : read.source().checksums().rows()
                                != read.target().checksums().rows());
        State end = findings.unsettled() == 0 ? equal() : State.UNSETTLED;
        return result(read, findings.total() == 0 ? end : State.DIFFERENT, findings, !all);
    }

    private TableComparison counted(ScanState read) {
        if (!position.pending()) {
            return result(read, State.DIFFERENT, null, false);
        }
        CountCheck.Counts counts = new CountCheck(table, sessions, position, context, pace)
                .run(read.source().checksums().rows(), read.target().checksums().rows());
        if (context.stopping()) {
            return result(read, State.RECHECKING, null, false);
        }
        String detail = counts.state() != State.UNSETTLED
                ? ""
                : counts.held()
                        ? "The task is paused, and may have still to bring what the target lacks; resume it and compare"
                                + " again. "
                        : "The number of rows was another one whenever they were counted; compare the content. ";
        return result(counts.source(), counts.target(), counts.state(), null, false, detail(detail));
    }

    private TableComparison result(ScanState read, State state, @Nullable Findings findings, boolean atLeast) {
        String unsettled = findings == null ? "" : unsettled(findings);
        String missed = state == State.UNSETTLED && uncertain ? table.keyed() ? CUT_SHORT : MISSED : "";
        String unfound = state == State.UNSETTLED && lost ? LOST : "";
        return result(
                read.source().checksums().rows(),
                read.target().checksums().rows(),
                state,
                findings,
                atLeast,
                detail(unsettled + missed + unfound));
    }

    private static String unsettled(Findings findings) {
        long changing = findings.unsettled() - findings.held();
        return (changing == 0 ? "" : changing + " rows changed at the source whenever they were looked at. ")
                + (findings.held() == 0
                        ? ""
                        : findings.held()
                                + " rows are not the same, but the task is paused and may have still to bring what was"
                                + " done to them; resume it and compare again. ");
    }

    private TableComparison result(
            long sourceRows,
            long targetRows,
            State state,
            @Nullable Findings findings,
            boolean atLeast,
            @Nullable String detail) {
        return new TableComparison(
                table.name(),
                table.sources().stream().map(Relation::name).toList(),
                state,
                sourceRows,
                targetRows,
                findings == null ? 0 : findings.missing(),
                findings == null ? 0 : findings.extra(),
                findings == null ? 0 : findings.changed(),
                findings == null ? 0 : findings.unsettled(),
                atLeast,
                null,
                detail);
    }

    private @Nullable String detail(String unsettled) {
        String transformed = table.transformed().isEmpty()
                ? ""
                : "Written by the transform and not compared: " + String.join(", ", table.transformed()) + ".";
        String all = (unsettled + transformed).strip();
        return all.isEmpty() ? null : all;
    }

    /** Where results and differing rows are written down. */
    interface NoteKeeper {

        void keep(Kept kept);

        void forgetRows(ComparedTable table);

        void keepRows(ComparedTable table, int from, List<Difference> rows);
    }
}
