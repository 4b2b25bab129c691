package io.sluice.task;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka, one PostgreSQL that can be a source and a target, and one that cannot be a source: its WAL is not logical,
 * its only slot is taken, and it has no WAL senders. It drops slots that fall back, and has a forgotten prepared transaction.
 */
public final class TestServers implements QuarkusTestResourceLifecycleManager {

    public static final String TOKEN = "token-of-the-tests";
    /** So many live streams may be open. */
    public static final int STREAMS = 12;

    private static final String MASTER_KEY = Base64.getEncoder().encodeToString(new byte[32]);
    /** Nothing but a password looks like this, so that a search for it finds only leaks. */
    public static final String PASSWORD = "pw-3f9c1d7e-never-in-clear";

    private @Nullable PostgresServer postgres;
    private @Nullable PostgresServer poor;
    private @Nullable KafkaServer kafka;

    public static String masterKey() {
        return MASTER_KEY;
    }

    @Override
    public Map<String, String> start() {
        PostgresServer rich =
                PostgresServer.builder().fsync(false).password(PASSWORD).build().start();
        postgres = rich;
        rich.createDatabase("sluice");
        PostgresServer limited = PostgresServer.builder()
                .fsync(false)
                .password(PASSWORD)
                .setting("wal_level", "replica")
                .setting("max_replication_slots", "2")
                .setting("max_wal_senders", "0")
                .setting("max_slot_wal_keep_size", "1GB")
                .setting("max_prepared_transactions", "2")
                .build()
                .start();
        poor = limited;
        limited.execute(
                "postgres",
                "CREATE TABLE thing (id int PRIMARY KEY)",
                "SELECT pg_create_physical_replication_slot('taken')",
                "BEGIN; SELECT txid_current(); PREPARE TRANSACTION 'forgotten'");
        KafkaServer bus = KafkaServer.startTemporary();
        kafka = bus;
        Map<String, String> settings = new HashMap<>(Map.of(
                "quarkus.datasource.jdbc.url",
                rich.jdbcUrl("sluice"),
                "quarkus.datasource.username",
                PostgresServer.SUPERUSER,
                "quarkus.datasource.password",
                PASSWORD,
                "kafka.bootstrap.servers",
                bus.bootstrapServers(),
                "sluice.admin-token",
                TOKEN,
                "sluice.master-key",
                MASTER_KEY,
                "sluice.deletion.patience",
                "2S",
                "sluice.stream.heartbeat",
                "1S",
                "test.postgres.port",
                Integer.toString(rich.port()),
                "test.poor.port",
                Integer.toString(limited.port())));
        settings.put("sluice.stream.limit", Integer.toString(STREAMS));
        return settings;
    }

    @Override
    public void stop() {
        if (kafka != null) {
            kafka.close();
        }
        if (poor != null) {
            poor.close();
        }
        if (postgres != null) {
            postgres.close();
        }
    }
}
