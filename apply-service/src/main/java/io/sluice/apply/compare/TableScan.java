package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Identifier;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
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
        if (!done(now.source(), table.sources())) {
            left = Math.min(left, sourceRests - time);
        }
        if (!done(now.target(), table.targets())) {
            left = Math.min(left, targetRests - time);
        }
        if (left > 0 && left < Long.MAX_VALUE) {
            boolean unused = context.pause(Duration.ofNanos(left));
        }
    }

    /** @param longestRest for longer no side rests with the snapshots open */
    private void read(Duration longest, Duration longestRest) {
        snapshots.whileOpen((source, target) -> {
            begun(source, target);
            long until = System.nanoTime() + longest.toNanos();
            giveWay = false;
            CompletableFuture<Void> other = CompletableFuture.runAsync(
                    () -> read(table.targets(), target, false, until, longestRest),
                    task -> Thread.ofPlatform().name("compare-target").start(task));
            try {
                read(table.sources(), source, true, until, longestRest);
            } catch (RuntimeException e) {
                target.cut();
                awaitQuietly(other);
                throw e;
            }
            await(other);
        });
    }

    private synchronized void begun(DatabaseSession source, DatabaseSession target) {
        List<Long> files = new ArrayList<>();
        addFiles(files, table.sources(), source);
        addFiles(files, table.targets(), target);
        source.within("taking a snapshot", connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT txid_snapshot_xmin(txid_current_snapshot())")) {
                row.next();
                state = state.under(row.getLong(1), files);
            }
        });
    }

    /** Of those that are read in several parts. From here on they cannot be rewritten as long as the snapshot is open. */
    private static void addFiles(List<Long> files, List<Relation> relations, DatabaseSession session) {
        for (Relation relation : relations.stream().filter(Relation::sliced).toList()) {
            session.within("looking at table " + relation.name(), connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT 1 FROM " + relation.rowsOf() + " LIMIT 0");
                    try (ResultSet row = statement.executeQuery(
                            "SELECT pg_relation_filenode(" + Identifier.literal(relation.quoted()) + "::regclass)")) {
                        row.next();
                        files.add(row.getLong(1));
                    }
                }
            });
        }
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
        return done(now.source(), table.sources()) && done(now.target(), table.targets());
    }

    private static boolean done(ScanState.Side side, List<Relation> relations) {
        return side.relation() >= relations.size();
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
        while (!done(side, relations) && rested(relations, session, ofSource, until, longestRest)) {
            Relation relation = relations.get(side.relation());
            long from = side.page();
            long pages = pagesAtOnce(relation, maxRowsPerSecond);
            boolean last = !relation.sliced() || from + pages >= relation.pages();
            long began = System.nanoTime();
            Checksums part = checksums(relation, session, range(relation, from, last ? -1 : from + pages));
            side = last ? side.read(part, side.relation() + 1, 0) : side.read(part, side.relation(), from + pages);
            keep(side, ofSource);
            if (isWaitedFor(relation, session)) {
                giveWay = true;
            }
            restUntil(ofSource, began + planned(part.rows()));
        }
    }

    private boolean goesOn(long until) {
        return System.nanoTime() < until && !context.stopping() && !broken && !giveWay;
    }

    /** Waits until a side may be read on. Returns false when that is too long for the snapshots, or they are to end. */
    private boolean rested(
            List<Relation> relations, DatabaseSession session, boolean ofSource, long until, Duration longestRest) {
        while (goesOn(until)) {
            Duration left = Duration.ofNanos((ofSource ? sourceRests : targetRests) - System.nanoTime());
            if (!left.isPositive()) {
                return true;
            }
            if (left.compareTo(longestRest) > 0) {
                return false;
            }
            boolean unused = context.pause(left.compareTo(BETWEEN_LOOKS) < 0 ? left : BETWEEN_LOOKS);
            if (relations.stream().anyMatch(relation -> isWaitedFor(relation, session))) {
                giveWay = true;
            }
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

    /** Such as the stream of the task itself, which has a TRUNCATE to carry out. */
    private static boolean isWaitedFor(Relation relation, DatabaseSession session) {
        boolean[] found = new boolean[1];
        session.within("looking for who waits for table " + relation.name(), connection -> {
            try (PreparedStatement statement = connection.prepareStatement(
                    "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                            + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                            + " WHERE NOT l.granted AND n.nspname = ? AND c.relname = ?)")) {
                statement.setString(1, relation.name().schema());
                statement.setString(2, relation.name().table());
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    found[0] = row.getBoolean(1);
                }
            }
        });
        return found[0];
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

    private synchronized void keep(ScanState.Side side, boolean ofSource) {
        state = state.with(ofSource ? side : state.source(), ofSource ? state.target() : side);
        checkpoint.accept(state);
    }
}
