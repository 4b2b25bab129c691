package io.sluice.capture.engine;

import io.debezium.config.Configuration;
import io.sluice.contracts.task.Endpoint;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/** Every configuration key of Debezium that Sluice uses, and why it has its value. */
final class DebeziumKeys {

    /** Sluice's own key, for the connector and (with the prefix) for the connections. */
    static final String SESSION = "sluice.session";

    /** Also what notices a dead server: a read that does not block sees no end of stream, a write does. */
    static final Duration STATUS_INTERVAL = Duration.ofSeconds(1);

    private DebeziumKeys() {}

    /** For the engine. It holds the slot as its only offset, so nothing is stored. */
    static Properties engine(StreamSession session) {
        Properties keys = new Properties();
        keys.setProperty("name", "sluice-" + session.spec.taskId());
        keys.setProperty("connector.class", LeanConnector.class.getName());
        keys.setProperty("tasks.max", "1");
        keys.setProperty("offset.storage", MemoryOffsetBackingStore.class.getName());
        keys.setProperty("offset.flush.interval.ms", "600000");
        // Errors end the run; the retry windows of the task decide what comes then.
        keys.setProperty("errors.max.retries", "0");
        // One thread per run: chunks pass through it untransformed.
        keys.setProperty("record.processing.threads", "1");
        keys.setProperty("record.processing.shutdown.timeout.ms", "1000");
        keys.setProperty("task.management.timeout.ms", "60000");
        keys.setProperty(SESSION, session.id);
        return keys;
    }

    /** For Debezium's PostgreSQL layer. */
    static Configuration postgres(StreamSession session) {
        Endpoint endpoint = session.endpoint();
        return Configuration.create()
                .with("topic.prefix", "sluice")
                .with("database.hostname", endpoint.host())
                .with("database.port", endpoint.port())
                .with("database.dbname", endpoint.database())
                .with("database.user", endpoint.username())
                .with("database.connection.factory.class", SourceConnectionFactory.class.getName())
                .with("database." + SESSION, session.id)
                .with("plugin.name", "pgoutput")
                .with("slot.name", session.spec.slot())
                .with("publication.name", session.spec.publication())
                .with("publication.autocreate.mode", "disabled")
                .with("slot.drop.on.stop", false)
                .with("slot.max.retries", 0)
                // TRUNCATE is skipped unless nothing is.
                .with("skipped.operations", "none")
                // Never connector_and_driver: the driver would confirm what is not on Kafka yet.
                .with("lsn.flush.mode", "connector")
                .build();
    }
}
