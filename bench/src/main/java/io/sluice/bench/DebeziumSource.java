package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.util.Map;

/** How Debezium's connector for PostgreSQL is set up, wherever it runs. */
final class DebeziumSource {

    private DebeziumSource() {}

    /**
     * Large batches and queues, and nothing that who reads would only have to pass over.
     *
     * @param database of the source
     * @param name of slot and publication, and the prefix of the topics
     */
    static Map<String, String> settings(PostgresServer source, String database, String name) {
        return Map.ofEntries(
                Map.entry("connector.class", "io.debezium.connector.postgresql.PostgresConnector"),
                Map.entry("database.hostname", source.host()),
                Map.entry("database.port", Integer.toString(source.port())),
                Map.entry("database.user", PostgresServer.SUPERUSER),
                Map.entry("database.password", source.password()),
                Map.entry("database.dbname", database),
                Map.entry("topic.prefix", name),
                Map.entry("plugin.name", "pgoutput"),
                Map.entry("slot.name", name),
                Map.entry("publication.name", name),
                Map.entry("publication.autocreate.mode", "disabled"),
                Map.entry("snapshot.mode", "no_data"),
                // Not everybody's heartbeats.
                Map.entry("message.prefix.exclude.list", ".*"),
                Map.entry("tombstones.on.delete", "false"),
                Map.entry("max.batch.size", "8192"),
                Map.entry("max.queue.size", "32768"),
                Map.entry("poll.interval.ms", "50"));
    }
}
