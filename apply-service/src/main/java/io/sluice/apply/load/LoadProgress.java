package io.sluice.apply.load;

import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Collects how far each table is, and reports the ones that changed. Thread-safe; the lock is this object. */
final class LoadProgress {

    private static final int MOST_TABLES = 500;

    /** Each is some time series of a monitoring system. */
    private static final int MOST_METERED = 100;

    /** A rate is that of the time since at least so long ago. */
    private static final long RATE_NANOS = 2_000_000_000L;

    private final RunContext context;
    private final LoadMeter meter;
    private final LongSupplier nanos;
    private final Map<TableName, Entry> tables = new LinkedHashMap<>();
    private final Set<TableName> changed = new LinkedHashSet<>();

    /** Tables under way, whose counters move. */
    private final Set<TableName> moving = new HashSet<>();

    /** A table, and its rate as it was seen last. */
    private static final class Entry {
        private final long rowsEstimated;
        private long sourceBytes;
        private TableState state = TableState.WAITING;
        private long rows;
        private long bytes;
        private int percent;
        private long rowsPerSecond;
        private long bytesPerSecond;
        private @Nullable String error;
        private @Nullable TableCopy copy;
        private long markAt;
        private long markRows;
        private long markBytes;

        private Entry(long rowsEstimated, long sourceBytes) {
            this.rowsEstimated = rowsEstimated;
            this.sourceBytes = sourceBytes;
        }
    }

    LoadProgress(RunContext context, LoadMeter meter, LongSupplier nanos) {
        this.context = context;
        this.meter = meter;
        this.nanos = nanos;
    }

    synchronized void add(TableDefinition table, long rows, long bytes, boolean done) {
        Entry entry = new Entry(table.rowsEstimated(), table.bytes());
        entry.rows = rows;
        entry.bytes = bytes;
        entry.state = done ? TableState.DONE : TableState.WAITING;
        entry.percent = done ? 100 : 0;
        tables.put(table.name(), entry);
        changed.add(table.name());
    }

    /** From here on the table's counts are those of its copy. */
    synchronized void follow(TableName table, TableCopy copy, long sourceBytes) {
        Entry entry = entry(table);
        entry.copy = copy;
        entry.sourceBytes = sourceBytes;
        entry.markAt = nanos.getAsLong();
        entry.markRows = copy.rows(table);
        entry.markBytes = copy.bytes(table);
        moving.add(table);
        changed.add(table);
    }

    synchronized void state(TableName table, TableState state) {
        Entry entry = entry(table);
        if (entry.state != state) {
            entry.state = state;
            entry.error = null;
            changed.add(table);
        }
    }

    synchronized void done(TableName table, long rows, long bytes) {
        Entry entry = entry(table);
        still(table, entry);
        entry.state = TableState.DONE;
        entry.percent = 100;
        entry.rows = rows;
        entry.bytes = bytes;
    }

    synchronized void failed(TableName table, String error) {
        Entry entry = entry(table);
        still(table, entry);
        entry.state = TableState.FAILED;
        entry.error = error;
    }

    synchronized void again(TableName table) {
        Entry entry = entry(table);
        still(table, entry);
        entry.state = TableState.WAITING;
        entry.rows = 0;
        entry.bytes = 0;
        entry.percent = 0;
    }

    private void still(TableName table, Entry entry) {
        entry.copy = null;
        entry.rowsPerSecond = 0;
        entry.bytesPerSecond = 0;
        moving.remove(table);
        changed.add(table);
    }

    private Entry entry(TableName table) {
        return tables.computeIfAbsent(table, name -> new Entry(0, 0));
    }

    void send() {
        List<TableProgress> facts;
        List<TableProgress> underWay;
        synchronized (this) {
            moving.forEach(this::look);
            facts = changed.stream().map(this::fact).toList();
            changed.clear();
            underWay = moving.stream()
                    .map(this::fact)
                    .filter(table -> table.state() == TableState.LOADING || table.state() == TableState.INDEXING)
                    .sorted(Comparator.comparingLong(TableProgress::sourceBytes).reversed())
                    .limit(MOST_METERED)
                    .toList();
        }
        meter.tables(underWay);
        for (int from = 0; from < facts.size(); from += MOST_TABLES) {
            context.report(new Fact.LoadProgress(
                    List.copyOf(facts.subList(from, Math.min(from + MOST_TABLES, facts.size())))));
        }
    }

    /** Nothing is under way any more. */
    void end() {
        send();
        meter.tables(List.of());
    }

    private TableProgress fact(TableName table) {
        Entry entry = entry(table);
        return new TableProgress(
                table,
                entry.state,
                entry.rowsEstimated,
                entry.rows,
                entry.bytes,
                entry.sourceBytes,
                entry.percent,
                entry.rowsPerSecond,
                entry.bytesPerSecond,
                entry.error,
                null);
    }

    private void look(TableName table) {
        Entry entry = entry(table);
        TableCopy copy = entry.copy;
        if (copy == null) {
            return;
        }
        long rows = Math.max(0, copy.rows(table));
        long bytes = Math.max(0, copy.bytes(table));
        long now = nanos.getAsLong();
        if (now - entry.markAt >= RATE_NANOS) {
            double seconds = (now - entry.markAt) / 1e9;
            rate(
                    table,
                    entry,
                    Math.round((rows - entry.markRows) / seconds),
                    Math.round((bytes - entry.markBytes) / seconds));
            entry.markAt = now;
            entry.markRows = rows;
            entry.markBytes = bytes;
        }
        if (rows != entry.rows || bytes != entry.bytes) {
            entry.rows = rows;
            entry.bytes = bytes;
            int byRows = entry.rowsEstimated <= 0 ? 0 : (int) Math.min(99, 100 * rows / entry.rowsEstimated);
            entry.percent = Math.max(byRows, copy.percent());
            changed.add(table);
        }
    }

    private void rate(TableName table, Entry entry, long rowsPerSecond, long bytesPerSecond) {
        if (entry.rowsPerSecond != Math.max(0, rowsPerSecond) || entry.bytesPerSecond != Math.max(0, bytesPerSecond)) {
            entry.rowsPerSecond = Math.max(0, rowsPerSecond);
            entry.bytesPerSecond = Math.max(0, bytesPerSecond);
            changed.add(table);
        }
    }
}
