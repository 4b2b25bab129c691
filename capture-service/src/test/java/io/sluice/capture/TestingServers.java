package io.sluice.capture;

import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;

/** One PostgreSQL and one Kafka for all tests of a JVM; they end with it. */
public final class TestingServers {

    private static final PostgresServer POSTGRES = PostgresServer.builder()
            .fsync(false)
            // Transaction ids beyond 32 bits, as those of a source that is old.
            .transactionEpoch(1)
            // Transactions of some hundred rows are on the server's disk until their commit, as large ones are
            // elsewhere.
            .setting("logical_decoding_work_mem", "64kB")
            .setting("max_replication_slots", "60")
            .setting("max_wal_senders", "60")
            .build()
            .start();
    private static final KafkaServer KAFKA = KafkaServer.startTemporary();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            KAFKA.close();
            POSTGRES.close();
        }));
    }

    private TestingServers() {}

    static PostgresServer postgres() {
        return POSTGRES;
    }

    public static KafkaServer kafka() {
        return KAFKA;
    }
}
