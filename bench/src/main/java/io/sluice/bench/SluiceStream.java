package io.sluice.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.SluiceStack;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A task of mode FULL_AND_INCREMENTAL of a running Sluice. It is held by refusing its role every connection to the source, as in an
 * outage, so that its services stay as they are.
 */
final class SluiceStream implements Replicator {

    private final SluiceStack stack;
    private final PostgresServer source;
    private final PostgresServer target;
    private final String from;
    private final String database;
    private final String owner;
    private final TaskClient tasks;
    private String path = "";
    private String slot = "";

    /**
     * @param from the source's database
     * @param database the target's, and the name of the task's role at the source
     * @param owner the role that has the source's tables
     */
    SluiceStream(
            SluiceStack stack,
            PostgresServer source,
            PostgresServer target,
            String from,
            String database,
            String owner) {
        this.stack = stack;
        this.source = source;
        this.target = target;
        this.from = from;
        this.database = database;
        this.owner = owner;
        this.tasks = new TaskClient(stack);
    }

    @Override
    public String name() {
        return "Sluice";
    }

    @Override
    public String database() {
        return database;
    }

    @Override
    public String slot() {
        return slot;
    }

    /** The topic with its changes. */
    String topic() {
        return "sluice.changes." + path.substring(1);
    }

    @Override
    public void begin() {
        target.createDatabase(database);
        source.execute(
                from,
                "CREATE ROLE " + database + " LOGIN REPLICATION PASSWORD '" + source.password() + "' IN ROLE " + owner,
                "GRANT CREATE ON DATABASE " + from + " TO " + database,
                // Logical replication sends what is too much for this memory before the commit; Sluice waits for that.
                "ALTER ROLE " + database + " SET logical_decoding_work_mem = '512MB'");
        ObjectNode ours = TaskClient.endpoint(source, from).put("username", database);
        path = tasks.create("FULL_AND_INCREMENTAL", ours, TaskClient.endpoint(target, database), 2);
        tasks.action(path, "start");
        tasks.awaitState(path, "INCREMENTAL_SYNC", "STARTING", "FULL_SYNC");
        slot = Watch.ask(source, from, """
                SELECT slot_name FROM pg_replication_slots s JOIN pg_stat_activity a ON a.pid = s.active_pid
                WHERE a.usename = '%s'""".formatted(database));
    }

    /** From now on it writes nothing, while capture goes on. */
    void pause() {
        tasks.action(path, "pause");
        tasks.awaitState(path, "PAUSED", "INCREMENTAL_SYNC");
    }

    @Override
    public void hold() {
        source.execute(
                from,
                "ALTER ROLE " + database + " CONNECTION LIMIT 0",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + database + "'");
        Slots.await(source, slot, false);
    }

    @Override
    public void release() {
        source.execute(from, "ALTER ROLE " + database + " CONNECTION LIMIT -1");
    }

    @Override
    public Map<String, Long> processes() {
        Map<String, Long> processes = new LinkedHashMap<>();
        processes.put("capture-service", stack.captures().getFirst().pid());
        processes.put("Kafka", stack.kafka().pid());
        processes.put("apply-service", stack.applies().getFirst().pid());
        return processes;
    }

    @Override
    public void close() {
        // Goes with the stack.
    }
}
