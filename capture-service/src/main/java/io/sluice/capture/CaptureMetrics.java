package io.sluice.capture;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The meters of each task that runs here, under the names of the REST contract. */
@ApplicationScoped
class CaptureMetrics {

    private final MeterRegistry registry;

    @Inject
    CaptureMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** To be closed when the run ends: another instance may show the task from then on. */
    TaskMeter open(String taskId) {
        return new TaskMeter(registry, taskId);
    }

    /** The meters of one run. */
    static final class TaskMeter implements CaptureMeter, AutoCloseable {

        private static final double MILLIS = 1_000.0;

        private final MeterRegistry registry;
        private final AtomicLong lagMillis = new AtomicLong();
        private final AtomicLong retainedBytes = new AtomicLong();
        private final Counter rows;
        private final Counter bytes;
        private final List<Meter> gauges;

        TaskMeter(MeterRegistry registry, String taskId) {
            this.registry = registry;
            rows = Counter.builder("sluice.extract.rows")
                    .description("Row changes committed to the change topic")
                    .tag("task", taskId)
                    .register(registry);
            bytes = Counter.builder("sluice.extract.bytes")
                    .description("Bytes of change records, uncompressed")
                    .tag("task", taskId)
                    .register(registry);
            gauges = List.of(
                    Gauge.builder("sluice.capture.lag.seconds", lagMillis, lag -> lag.get() / MILLIS)
                            .description("From the commit at the source to the commit on Kafka")
                            .tag("task", taskId)
                            .register(registry),
                    Gauge.builder("sluice.slot.retained.bytes", retainedBytes, AtomicLong::doubleValue)
                            .description("WAL that the source keeps for the slot")
                            .tag("task", taskId)
                            .register(registry));
        }

        @Override
        public void extracted(int changes, long size) {
            rows.increment(changes);
            bytes.increment((double) size);
        }

        @Override
        public void looked(long lag, long retained) {
            lagMillis.set(lag);
            retainedBytes.set(retained);
        }

        @Override
        public void close() {
            gauges.forEach(registry::remove);
        }
    }
}
