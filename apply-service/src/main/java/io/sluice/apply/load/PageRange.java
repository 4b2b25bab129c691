package io.sluice.apply.load;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Pages of a heap. Every row of a snapshot is in exactly one range of a partition of [0, {@link #END}), whatever the
 * table has grown to since its pages were counted.
 *
 * @param from inclusive
 * @param to exclusive
 */
record PageRange(long from, long to) {

    static final long END = Long.MAX_VALUE;

    PageRange {
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException("page range: [" + from + ", " + to + ") is empty");
        }
    }

    /** What is left of the whole heap without these; they must not overlap. */
    static Deque<PageRange> without(List<PageRange> done) {
        List<PageRange> sorted = new ArrayList<>(done);
        sorted.sort(Comparator.comparingLong(PageRange::from));
        Deque<PageRange> left = new ArrayDeque<>();
        long at = 0;
        for (PageRange range : sorted) {
            if (range.from() > at) {
                left.add(new PageRange(at, range.from()));
            }
            at = range.to();
        }
        if (at < END) {
            left.add(new PageRange(at, END));
        }
        return left;
    }

    /** The condition on {@code ctid}; empty for the whole heap. */
    String condition() {
        List<String> bounds = new ArrayList<>();
        if (from > 0) {
            bounds.add("ctid >= '(" + from + ",0)'::tid");
        }
        if (to < END) {
            bounds.add("ctid < '(" + to + ",0)'::tid");
        }
        return String.join(" AND ", bounds);
    }

    /**
     * The same for a server that would read the whole heap for a range of {@code ctid}: every place in these pages, one by
     * one. It leaves out those at which there is no row. See MaxHeapTuplesPerPage of PostgreSQL: 28 bytes are the least that
     * a row takes, with its pointer.
     *
     * @param pages of the heap, at least as many as hold rows of the snapshot
     */
    String places(long pages) {
        if (from == 0 && to == END) {
            return "";
        }
        return "ctid = ANY (ARRAY(SELECT (page.start || line.rest)::tid"
                + " FROM (SELECT '(' || n AS start FROM generate_series(" + from + ", " + (Math.min(to, pages) - 1)
                + ") AS n OFFSET 0) AS page,"
                + " (SELECT ',' || n || ')' AS rest FROM generate_series(1,"
                + " (current_setting('block_size')::int - 24) / 28) AS n OFFSET 0) AS line))";
    }

    /** For people to read. */
    @Override
    public String toString() {
        return to == END ? "from page " + from : "pages " + from + " to " + (to - 1);
    }
}
