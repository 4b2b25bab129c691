package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.util.List;
import java.util.Map;

/** PostgreSQL's own logical replication. Large transactions are streamed and applied in parallel, the default from 18 on. */
final class NativeSubscription implements Replicator {

    private static final String NAME = "native";

    private final PostgresServer source;
    private final PostgresServer target;
    private final String from;
    private final List<String> ddl;

    /**
     * @param from the source's database
     * @param ddl makes the tables
     */
    NativeSubscription(PostgresServer source, PostgresServer target, String from, List<String> ddl) {
        this.source = source;
        this.target = target;
        this.from = from;
        this.ddl = ddl;
    }

    @Override
    public String name() {
        return "logical replication";
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
        target.execute(NAME, ddl.toArray(String[]::new));
        source.execute(from, "CREATE PUBLICATION native FOR TABLES IN SCHEMA public");
        target.execute(
                NAME,
                "CREATE SUBSCRIPTION native CONNECTION 'host=%s port=%d dbname=%s user=%s password=%s' PUBLICATION native WITH (copy_data = false, streaming = parallel)"
                        .formatted(source.host(), source.port(), from, PostgresServer.SUPERUSER, source.password()));
        Slots.await(source, NAME, true);
    }

    @Override
    public void hold() {
        target.execute(NAME, "ALTER SUBSCRIPTION native DISABLE");
        Slots.await(source, NAME, false);
    }

    @Override
    public void release() {
        target.execute(NAME, "ALTER SUBSCRIPTION native ENABLE");
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of();
    }

    @Override
    public void close() {
        // Goes with the servers.
    }
}
