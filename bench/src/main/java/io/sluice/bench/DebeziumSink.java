package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Debezium's connector for PostgreSQL and its JDBC sink, both in one Kafka Connect. */
final class DebeziumSink implements Replicator {

    private static final String NAME = "debezium";
    private static final String SOURCE = "source";
    private static final String SINK = "sink";

    private final PostgresServer source;
    private final PostgresServer target;
    private final String from;
    private final List<Backlog> backlogs;
    private final String bootstrapServers;
    private final KafkaConnect connect;
    private final long kafka;

    /**
     * @param from the source's database
     * @param peers what {@link KafkaConnect} runs from
     * @param kafka the broker's process
     */
    DebeziumSink(
            PostgresServer source,
            PostgresServer target,
            String from,
            List<Backlog> backlogs,
            Path peers,
            String bootstrapServers,
            long kafka,
            Path home) {
        this.source = source;
        this.target = target;
        this.from = from;
        this.backlogs = backlogs;
        this.bootstrapServers = bootstrapServers;
        this.kafka = kafka;
        this.connect = new KafkaConnect(peers, bootstrapServers, home);
    }

    @Override
    public String name() {
        return "Debezium and its JDBC sink";
    }

    @Override
    public String database() {
        return NAME;
    }

    @Override
    public String slot() {
        return NAME;
    }

    @Override
    public void begin() {
        target.createDatabase(NAME);
        backlogs.forEach(backlog -> target.execute(NAME, backlog.ddl().toArray(String[]::new)));
        source.execute(
                from,
                "CREATE PUBLICATION debezium FOR TABLES IN SCHEMA public",
                "SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')");
        List<String> topics = backlogs.stream()
                .flatMap(backlog -> backlog.tables().stream())
                .map(table -> NAME + ".public." + table)
                .toList();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            // Messages that are passed over have a topic too, or the producer would wait for it.
            admin.createTopics(Stream.concat(topics.stream(), Stream.of(NAME + ".message"))
                            .map(topic -> new NewTopic(topic, 1, (short) 1))
                            .toList())
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("making topics", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        connect.add(SINK, sink(topics));
        connect.add(SOURCE, source());
        Slots.await(source, NAME, true);
    }

    private Map<String, String> source() {
        Map<String, String> settings = new HashMap<>(DebeziumSource.settings(source, from, NAME));
        settings.put("tasks.max", "1");
        return settings;
    }

    private Map<String, String> sink(List<String> topics) {
        return Map.ofEntries(
                Map.entry("connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector"),
                Map.entry("tasks.max", "4"),
                Map.entry("topics", topics.stream().collect(Collectors.joining(","))),
                Map.entry("connection.url", target.jdbcUrl(NAME) + "?reWriteBatchedInserts=true"),
                Map.entry("connection.username", PostgresServer.SUPERUSER),
                Map.entry("connection.password", target.password()),
                Map.entry("insert.mode", "upsert"),
                Map.entry("primary.key.mode", "record_key"),
                Map.entry("delete.enabled", "true"),
                Map.entry("schema.evolution", "none"),
                Map.entry("collection.name.format", "${source.table}"),
                Map.entry("use.reduction.buffer", "true"),
                Map.entry("batch.size", "5000"));
    }

    @Override
    public void hold() {
        connect.requireHealthy(SINK);
        connect.stop(SOURCE);
        Slots.await(source, NAME, false);
    }

    @Override
    public void release() {
        connect.resume(SOURCE);
    }

    @Override
    public void requireHealthy() {
        connect.requireHealthy(SINK);
        connect.requireHealthy(SOURCE);
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("Kafka Connect", connect.pid(), "Kafka", kafka);
    }

    @Override
    public void close() {
        connect.close();
    }
}
