package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.time.Duration;

/** Replication slots of the source. */
final class Slots {

    private static final Duration EVERY = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Slots() {}

    /** Returns once a slot is read by somebody, or by nobody. */
    static void await(PostgresServer source, String slot, boolean active) {
        try (Watch watch = new Watch(source, "postgres", query(slot, active))) {
            watch.await(EVERY, PATIENCE);
        }
    }

    /** Whether that is so. */
    static String query(String slot, boolean active) {
        return "SELECT coalesce((SELECT active FROM pg_replication_slots WHERE slot_name = '" + slot + "'), false) = "
                + active;
    }
}
