package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at rows that a scan under more than one snapshot may have missed on both sides. An update can move a row from pages
 * that are still to be read to others that were read before; when the target lacks the row, or has it otherwise and moved it
 * alike, the sums say nothing of it. Such a row was written at the source since the first snapshot: all that were are looked
 * up by their keys, under one snapshot, which is kept as long as that takes and nobody waits for the table.
 */
final class MovedRows {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ComparedTable table;
    private final RowHash hash;
    private final DatabaseSession source;
    private final WrittenRows rows;
    private final RunContext context;
    private final @Nullable Long maxRowsPerSecond;

    MovedRows(
            ComparedTable table,
            RowHash hash,
            DatabaseSession source,
            KeyCheck check,
            Findings findings,
            RunContext context,
            @Nullable Long maxRowsPerSecond) {
        this.table = table;
        this.hash = hash;
        this.source = source;
        this.rows = new WrittenRows(table, check, findings, context);
        this.context = context;
        this.maxRowsPerSecond = maxRowsPerSecond;
    }

    /**
     * Returns false when somebody waited for the table, so that not all were looked up.
     *
     * @param since the oldest transaction that the first snapshot may not have seen
     * @param searched pieces whose rows have all been looked at since
     */
    boolean run(long since, Pieces pieces, List<Integer> searched) {
        source.begin("taking a snapshot", connection -> {
            Snapshots.repeatable(connection);
            return null;
        });
        try {
            Parts parts = Parts.under(source, table.sources(), false);
            for (Relation relation : parts.relations()) {
                String written = WrittenMeanwhile.since(since);
                String condition = searched.isEmpty()
                        ? written
                        : written + " AND NOT (" + pieces.within(relation, hash, searched) + ")";
                if (!read(relation, condition)) {
                    return false;
                }
            }
            return !parts.moved();
        } finally {
            source.end();
        }
    }

    private boolean read(Relation relation, String condition) {
        long pages = TableScan.pagesAtOnce(relation, maxRowsPerSecond);
        boolean last = false;
        for (long from = 0; !last && !context.stopping(); from += pages) {
            last = !relation.sliced() || from + pages >= relation.pages();
            long began = System.nanoTime();
            String range = TableScan.range(relation, from, last ? -1 : from + pages);
            long unused = rows.look(source, relation, "(" + condition + ") AND " + range, Long.MAX_VALUE);
            Duration left = SECOND.minusNanos(System.nanoTime() - began);
            if (maxRowsPerSecond != null && left.isPositive() && context.pause(left)) {
                return true;
            }
            if (Snapshots.isWaitedFor(source)) {
                return false;
            }
        }
        return true;
    }
}
