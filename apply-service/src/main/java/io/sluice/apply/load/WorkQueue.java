package io.sluice.apply.load;

import io.sluice.apply.structure.TableObject;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done in a round, and in which order: the biggest table first; once its rows are in, its indexes side by
 * side with the rows of the next ones. Small tables are handed out many at a time. Thread-safe; the lock is this object.
 */
final class WorkQueue {

    private static final int MOST_TOGETHER = 100;
    private static final long MOST_BYTES_TOGETHER = 16L << 20;

    private final Function<TableCopy, List<TableObject>> objects;

    private final List<TableCopy> open = new ArrayList<>();
    private final PriorityQueue<Work> ready =
            new PriorityQueue<>(Comparator.comparingLong(Work::weight).reversed());
    private final Map<TableCopy, Integer> building = new HashMap<>();
    private final Map<TableCopy, PieceSize> sizes = new HashMap<>();
    private final List<TableCopy> rewritten = new ArrayList<>();
    private final List<TableCopy> failed = new ArrayList<>();
    private int workers = 1;
    private double bytesPerSecond = Double.POSITIVE_INFINITY;
    private int running;
    private boolean closed;

    /** @param objects what is built of a table when its rows are in */
    WorkQueue(Function<TableCopy, List<TableObject>> objects) {
        this.objects = objects;
    }

    /** Tables whose rows are still to be copied. */
    synchronized void addAll(Collection<TableCopy> tables) {
        for (TableCopy table : tables) {
            if (table.whole() || table.hasPages()) {
                open.add(table);
            } else {
                ready.add(new Work.Settle(table));
            }
        }
        open.sort(Comparator.comparingLong(TableCopy::weight).reversed());
    }

    /** A table whose rows are there, but not all of its keys and indexes. */
    synchronized void addCopied(TableCopy table) {
        build(table);
    }

    /** @param count at least 1, of those at work */
    synchronized void pace(int count, double mostBytesPerSecond) {
        workers = count;
        bytesPerSecond = mostBytesPerSecond;
    }

    /** Waits for work; null when there is none left, or the queue was closed. */
    synchronized @Nullable Work take() {
        while (!closed) {
            Work next = next();
            if (next != null) {
                running++;
                return next;
            }
            if (running == 0) {
                return null;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
        return null;
    }

    private @Nullable Work next() {
        Work waiting = ready.peek();
        if (open.isEmpty()
                || waiting != null && waiting.weight() >= open.getFirst().weight()) {
            return ready.poll();
        }
        TableCopy first = open.getFirst();
        if (first.whole()) {
            return together();
        }
        Work piece = first.cut(size(first).next(first.weight(), workers, bytesPerSecond));
        if (!first.hasPages()) {
            open.removeFirst();
        }
        return piece;
    }

    private PieceSize size(TableCopy table) {
        return sizes.computeIfAbsent(table, key -> new PieceSize());
    }

    /** So many that every worker has its share of what is left, twice. */
    private Work together() {
        int share = Math.clamp(open.size() / (2L * workers), 1, MOST_TOGETHER);
        List<TableCopy> tables = new ArrayList<>();
        long bytes = 0;
        while (!open.isEmpty()
                && tables.size() < share
                && bytes < MOST_BYTES_TOGETHER
                && open.getFirst().whole()) {
            TableCopy table = open.removeFirst();
            bytes += table.weight();
            tables.add(table);
        }
        return new Work.CopyWhole(tables);
    }

    /** The work was done in full. */
    synchronized void done(Work work, Duration took) {
        switch (work) {
            case Work.CopyPiece piece -> {
                long pages = Math.min(piece.range().to(), piece.part().pages())
                        - piece.range().from();
                if (pages > 0) {
                    size(piece.table()).took(pages * piece.part().bytesPerPage(), took);
                }
                pieceEnded(piece);
            }
            case Work.CopyWhole ignored -> {}
            case Work.Settle settle -> {
                if (!dropped(settle.table())) {
                    build(settle.table());
                }
            }
            case Work.Build build -> built(build);
            case Work.Finish ignored -> {}
        }
        ended();
    }

    /** The table begins again, in another round. */
    synchronized void rewritten(Work work) {
        if (apart(work)) {
            return;
        }
        work.tables().forEach(TableCopy::rewritten);
        givenUp(work);
    }

    /** The work could not be done; the others go on. */
    synchronized void failed(Work work, SluiceException cause) {
        if (apart(work)) {
            return;
        }
        work.tables().forEach(table -> table.failed(cause));
        givenUp(work);
    }

    /**
     * Tables that were tried together are tried one by one, so that one spoils nothing for the others; only their keys and
     * indexes when their rows are there.
     */
    private boolean apart(Work work) {
        if (!(work instanceof Work.CopyWhole whole) || whole.tables().size() == 1) {
            return false;
        }
        for (TableCopy table : whole.tables()) {
            if (table.isCopied()) {
                build(table);
            } else {
                ready.add(new Work.CopyWhole(List.of(table)));
            }
        }
        ended();
        return true;
    }

    private void givenUp(Work work) {
        open.removeAll(work.tables());
        switch (work) {
            case Work.CopyPiece piece -> pieceEnded(piece);
            case Work.CopyWhole whole -> whole.tables().forEach(this::dropped);
            case Work.Settle settle -> dropped(settle.table());
            case Work.Build build -> built(build);
            case Work.Finish finish -> dropped(finish.table());
        }
        ended();
    }

    private void pieceEnded(Work.CopyPiece piece) {
        TableCopy table = piece.table();
        if (table.pieceDone(piece.part(), piece.range()) && !dropped(table)) {
            ready.add(new Work.Settle(table));
        }
    }

    /** Returns true when nothing more is done for the table in this round. */
    private boolean dropped(TableCopy table) {
        if (table.failure() != null) {
            failed.add(table);
            return true;
        }
        if (table.wasRewritten()) {
            rewritten.add(table);
            return true;
        }
        return false;
    }

    /** Those that can be built side by side; the ones that lock the table follow them, one after the other. */
    private void build(TableCopy table) {
        List<TableObject> together =
                objects.apply(table).stream().filter(object -> !object.alone()).toList();
        if (together.isEmpty()) {
            buildAlone(table);
            return;
        }
        building.put(table, together.size());
        together.forEach(object -> ready.add(new Work.Build(table, List.of(object))));
    }

    private void built(Work.Build build) {
        TableCopy table = build.table();
        Integer left = building.remove(table);
        if (left != null && left > 1) {
            building.put(table, left - 1);
        } else if (!dropped(table)) {
            if (left == null) {
                ready.add(new Work.Finish(table));
            } else {
                buildAlone(table);
            }
        }
    }

    private void buildAlone(TableCopy table) {
        List<TableObject> alone =
                objects.apply(table).stream().filter(TableObject::alone).toList();
        ready.add(alone.isEmpty() ? new Work.Finish(table) : new Work.Build(table, alone));
    }

    private void ended() {
        running--;
        notifyAll();
    }

    /** Nothing is left to do. */
    synchronized boolean drained() {
        return open.isEmpty() && ready.isEmpty() && running == 0;
    }

    /** Nobody is given work any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** The tables that must begin again. */
    synchronized List<TableCopy> rewritten() {
        return List.copyOf(rewritten);
    }

    synchronized List<TableCopy> failed() {
        return List.copyOf(failed);
    }
}
