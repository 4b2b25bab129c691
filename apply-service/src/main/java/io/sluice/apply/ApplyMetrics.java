package io.sluice.apply;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.sluice.apply.load.LoadMeter;
import io.sluice.contracts.report.Fact.TableProgress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/** What one task's run counts; gone from the registry when the run ends. Thread-safe. */
public final class ApplyMetrics implements LoadMeter, AutoCloseable {

    private final MeterRegistry registry;
    private final Counter rows;
    private final Counter transactions;
    private final Counter loadedRows;
    private final Counter ddl;
    private final Counter loadedBytes;
    private final Timer batches;
    private final Gauge lag;
    private final Gauge exceptions;
    private final Gauge suspended;
    private final MultiGauge tableRows;
    private final MultiGauge tableBytes;
    private final MultiGauge tablePercent;
    private final AtomicLong lagMillis = new AtomicLong();
    private final AtomicLong openExceptions = new AtomicLong();
    private final AtomicLong suspendedTables = new AtomicLong();

    public ApplyMetrics(MeterRegistry registry, String taskId) {
        this.registry = registry;
        this.rows = registry.counter("sluice.apply.rows", "task", taskId);
        this.transactions = registry.counter("sluice.apply.transactions", "task", taskId);
        this.loadedRows = registry.counter("sluice.full.load.rows", "task", taskId);
        this.ddl = registry.counter("sluice.apply.ddl", "task", taskId);
        this.loadedBytes = registry.counter("sluice.full.load.bytes", "task", taskId);
        this.batches = Timer.builder("sluice.apply.batch")
                .tag("task", taskId)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(registry);
        this.tableRows = MultiGauge.builder("sluice.full.load.table.rows")
                .tag("task", taskId)
                .register(registry);
        this.tableBytes = MultiGauge.builder("sluice.full.load.table.bytes")
                .tag("task", taskId)
                .register(registry);
        this.tablePercent = MultiGauge.builder("sluice.full.load.table.percent")
                .tag("task", taskId)
                .register(registry);
        this.exceptions = Gauge.builder("sluice.apply.exceptions", openExceptions, AtomicLong::doubleValue)
                .tag("task", taskId)
                .register(registry);
        this.suspended = Gauge.builder("sluice.apply.suspended.tables", suspendedTables, AtomicLong::doubleValue)
                .tag("task", taskId)
                .register(registry);
        this.lag = Gauge.builder("sluice.apply.lag.seconds", lagMillis, value -> value.get() / 1000.0)
                .tag("task", taskId)
                .register(registry);
    }

    public void rows(long count) {
        rows.increment((double) count);
    }

    public void committed(long sourceTransactions, Duration took) {
        transactions.increment((double) sourceTransactions);
        batches.record(took);
    }

    /** A command that changed the structure was carried out. */
    public void ddl() {
        ddl.increment();
    }

    /** How many changes wait in the exceptions. */
    public void exceptions(long count) {
        openExceptions.set(count);
    }

    /** How many tables are suspended, or not back in the stream yet. */
    public void suspended(long count) {
        suspendedTables.set(count);
    }

    public void lag(long millis) {
        lagMillis.set(millis);
    }

    @Override
    public void passed(long rowsLoaded, long bytesLoaded) {
        // The last message of a COPY is no row, which is only known afterwards.
        loadedRows.increment((double) Math.max(0, rowsLoaded));
        loadedBytes.increment((double) bytesLoaded);
    }

    @Override
    public void tables(List<TableProgress> underWay) {
        gauges(tableRows, underWay, TableProgress::rows);
        gauges(tableBytes, underWay, TableProgress::bytes);
        gauges(tablePercent, underWay, TableProgress::percent);
    }

    private static void gauges(MultiGauge gauge, List<TableProgress> tables, ToDoubleFunction<TableProgress> value) {
        gauge.register(
                tables.stream()
                        .<MultiGauge.Row<?>>map(table -> MultiGauge.Row.of(
                                Tags.of("table", table.table().toString()), value.applyAsDouble(table)))
                        .toList(),
                true);
    }

    @Override
    public void close() {
        tables(List.of());
        for (Meter meter :
                List.of(rows, transactions, loadedRows, loadedBytes, ddl, batches, exceptions, suspended, lag)) {
            registry.remove(meter);
        }
    }
}
