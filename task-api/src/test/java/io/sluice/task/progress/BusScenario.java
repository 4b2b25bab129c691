package io.sluice.task.progress;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The test plays apply and capture, over the bus. */
abstract class BusScenario {

    static Bus bus;

    @BeforeAll
    static void open() {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(40));
        bus = Bus.open();
    }

    @AfterAll
    static void close() {
        bus.close();
        Awaitility.reset();
    }
}
