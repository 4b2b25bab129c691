package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.placement.RunContext;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads both sides of a table once, as checksums by piece. Both are read at the same time, in parts of a bounded number
 * of pages, under snapshots of which the target's is a little newer; these are renewed now and then, since they keep old
 * row versions and the tables' definitions where they are.
 */
final class TableScan {

    /** 128 MB of a heap. */
    private static final long MOST_PAGES = 16_384;

    /** What a page may well have, where there are no statistics. */
    private static final long ROWS_OF_A_PAGE = 100;

    /** A table that is always rewritten, or gets other partitions, is read by one statement in the end. */
    private static final int MOST_ANEW = 3;

    /** So few are noted one by one; of more, which may be small, some at a time. */
    private static final int FEW_PARTS = 64;

    private static final long NOTES_APART = 1_000_000_000;

    private static final Duration LONGEST_SNAPSHOT = Duration.ofMinutes(2);

    /** For longer a side does not rest with its snapshot open. */
    private static final Duration LONGEST_REST = Duration.ofSeconds(5);

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final ComparedTable table;
    private final RowHash hash;
    private final boolean content;
    private final Snapshots snapshots;
    private final RunContext context;
    private final @Nullable Long maxRowsPerSecond;
    private final Consumer<ScanState> checkpoint;
    private ScanState state;

    /** What is read of each side one after the other, as of the newest snapshots. */
    private List<Relation> sourceParts = List.of();

    private List<Relation> targetParts = List.of();

    /** When each side may be read on at the rows per second that were asked for, as {@link System#nanoTime}. */
    private volatile long sourceRests = System.nanoTime();

    private volatile long targetRests = sourceRests;

    /** The other side could not be read. */
    private volatile boolean broken;

    /** Somebody waits for a table that the snapshots hold. */
    private volatile boolean giveWay;

    /**
     * @param content rows are hashed; else they are only counted
     * @param checkpoint called after each part, by one thread at a time
     */
    TableScan(
            ComparedTable table,
            RowHash hash,
            boolean content,
            Snapshots snapshots,
            RunContext context,
            @Nullable Long maxRowsPerSecond,
            ScanState from,
            Consumer<ScanState> checkpoint) {
        this.table = table;
        this.hash = hash;
        this.content = content;
        this.snapshots = snapshots;
        this.context = context;
        this.maxRowsPerSecond = maxRowsPerSecond;
        this.state = from;
        this.checkpoint = checkpoint;
    }

    /** Returns the checksums of both sides, which are incomplete when the run must end. */
    ScanState run() {
        while (!done() && !context.stopping()) {
            read(LONGEST_SNAPSHOT, LONGEST_REST);
            rest();
        }
        return state();
    }

    /**
     * Like {@link #run}, under a single snapshot of each side.
     *
     * @return null when that takes longer, somebody waits for the table, or the run must end
     */
    @Nullable
    ScanState runWithin(Duration longest) {
        read(longest, longest);
        return done() ? state() : null;
    }

    /** Until one of the sides that are not at their end may be read on. */
    private void rest() {
        ScanState now = state();
        long time = System.nanoTime();
        long left = Long.MAX_VALUE;
        if (!now.source().done()) {
            left = Math.min(left, sourceRests - time);
        }
        if (!now.target().done()) {
            left = Math.min(left, targetRests - time);
        }
        if (left > 0 && left < Long.MAX_VALUE) {
            boolean unused = context.pause(Duration.ofNanos(left));
        }
    }

    /** @param longestRest for longer no side rests with the snapshots open */
    private void read(Duration longest, Duration longestRest) {
        snapshots.whileOpen((source, target) -> {
            if (!begun(source, target)) {
                return;
            }
            long until = System.nanoTime() + longest.toNanos();
            giveWay = false;
            CompletableFuture<Void> other = CompletableFuture.runAsync(
                    () -> read(targetParts, target, false, until, longestRest),
                    task -> Thread.ofPlatform().name("compare-target").start(task));
            try {
                read(sourceParts, source, true, until, longestRest);
            } catch (RuntimeException e) {
                target.cut();
                awaitQuietly(other);
                throw e;
            }
            await(other);
        });
    }

    /** Returns false when other snapshots are needed. */
    private synchronized boolean begun(DatabaseSession source, DatabaseSession target) {
        boolean whole = state.anew() >= MOST_ANEW;
        Parts here = Parts.under(source, table.sources(), whole);
        Parts there = Parts.under(target, table.targets(), whole);
        if (here.moved() || there.moved()) {
            return false;
        }
        sourceParts = here.relations();
        targetParts = there.relations();
        List<Long> files =
                Stream.concat(here.files().stream(), there.files().stream()).toList();
        source.within("taking a snapshot", connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT txid_snapshot_xmin(txid_current_snapshot())")) {
                row.next();
                state = state.under(row.getLong(1), files);
                state = state.with(
                        state.source().of(sourceParts.size()), state.target().of(targetParts.size()));
            }
        });
        return true;
    }

    private static void await(CompletableFuture<Void> other) {
        try {
            other.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SluiceException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static void awaitQuietly(CompletableFuture<Void> other) {
        other.exceptionally(ignored -> null).join();
    }

    private synchronized ScanState state() {
        return state;
    }

    private boolean done() {
        ScanState now = state();
        return now.source().done() && now.target().done();
    }

    private void read(
            List<Relation> relations, DatabaseSession session, boolean ofSource, long until, Duration longestRest) {
        try {
            readOn(relations, session, ofSource, until, longestRest);
        } catch (RuntimeException e) {
            broken = true;
            throw e;
        }
    }

    private void readOn(
            List<Relation> relations, DatabaseSession session, boolean ofSource, long until, Duration longestRest) {
        ScanState.Side side = ofSource ? state().source() : state().target();
        long noted = System.nanoTime();
        while (!side.done() && rested(session, ofSource, until, longestRest)) {
            Relation relation = relations.get(side.relation());
            long from = side.page();
            long pages = pagesAtOnce(relation, maxRowsPerSecond);
            boolean last = !relation.sliced() || from + pages >= relation.pages();
            long began = System.nanoTime();
            Checksums part = checksums(relation, session, range(relation, from, last ? -1 : from + pages));
            side = last ? side.read(part, side.relation() + 1, 0) : side.read(part, side.relation(), from + pages);
            side = side.of(relations.size());
            restUntil(ofSource, began + planned(part.rows()));
            boolean note = relations.size() <= FEW_PARTS
                    || side.done()
                    || System.nanoTime() - noted >= NOTES_APART
                    || planned(part.rows()) >= NOTES_APART;
            keep(side, ofSource, note);
            if (note) {
                noted = System.nanoTime();
                giveWay |= Snapshots.isWaitedFor(session);
            }
        }
    }

    private boolean goesOn(long until) {
        return System.nanoTime() < until && !context.stopping() && !broken && !giveWay;
    }

    /** Waits until a side may be read on. Returns false when that is too long for the snapshots, or they are to end. */
    private boolean rested(DatabaseSession session, boolean ofSource, long until, Duration longestRest) {
        while (goesOn(until)) {
            Duration left = Duration.ofNanos((ofSource ? sourceRests : targetRests) - System.nanoTime());
            if (!left.isPositive()) {
                return true;
            }
            if (left.compareTo(longestRest) > 0) {
                return false;
            }
            boolean unused = context.pause(left.compareTo(BETWEEN_LOOKS) < 0 ? left : BETWEEN_LOOKS);
            giveWay |= Snapshots.isWaitedFor(session);
        }
        return false;
    }

    private void restUntil(boolean ofSource, long time) {
        if (ofSource) {
            sourceRests = time;
        } else {
            targetRests = time;
        }
    }

    /** As many as are read in a second, where there is a limit. */
    static long pagesAtOnce(Relation relation, @Nullable Long maxRowsPerSecond) {
        if (maxRowsPerSecond == null) {
            return MOST_PAGES;
        }
        long pages = Math.max(1, relation.pages());
        long rows = relation.rows() == 0 ? pages * ROWS_OF_A_PAGE : relation.rows();
        return Math.clamp(maxRowsPerSecond * pages / rows, 1, MOST_PAGES);
    }

    /** In nanoseconds, how long so many rows take at the limit. */
    private long planned(long rows) {
        return maxRowsPerSecond == null ? 0 : (long) (1e9 * rows / maxRowsPerSecond);
    }

    /** @param to -1 for the end of the table, wherever it is by then */
    static String range(Relation relation, long from, long to) {
        if (!relation.sliced() || (from == 0 && to < 0)) {
            return "true";
        }
        String condition = "ctid >= '(" + from + ",0)'::tid";
        return to < 0 ? condition : condition + " AND ctid < '(" + to + ",0)'::tid";
    }

    private Checksums checksums(Relation relation, DatabaseSession session, String range) {
        Checksums part = Checksums.empty(state().pieces().count());
        String sql = "SELECT " + state().pieces().number(relation, hash) + " AS piece, count(*), "
                + (content ? "sum(" + hash.of(relation.columns()) + ")" : "0") + " FROM " + relation.rowsOf()
                + " WHERE " + relation.where(range) + " GROUP BY 1";
        session.within("reading table " + relation.name(), connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                while (row.next()) {
                    part.add(row.getInt(1), row.getLong(2), modulo(row));
                }
            }
        });
        return part;
    }

    private static long modulo(ResultSet row) throws SQLException {
        BigDecimal sum = row.getBigDecimal(3);
        if (sum == null) {
            throw new SluiceException(ErrorCode.INTERNAL, "A sum of checksums is missing.");
        }
        return sum.toBigInteger().longValue();
    }

    private synchronized void keep(ScanState.Side side, boolean ofSource, boolean note) {
        state = state.with(ofSource ? side : state.source(), ofSource ? state.target() : side);
        if (note) {
            checkpoint.accept(state);
        }
    }
}
