package io.sluice.bench;

import static io.sluice.bench.TaskClient.JSON;
import static io.sluice.bench.TaskClient.endpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.SluiceStack;

/** A task of mode FULL of a running Sluice, from its start until it is complete. Prechecks are done before. */
final class SluiceContender implements Contender {

    private final SluiceStack stack;
    private final PostgresServer source;
    private final PostgresServer target;
    private final int workers;
    private final TaskClient tasks;

    SluiceContender(SluiceStack stack, PostgresServer source, PostgresServer target, int workers) {
        this.stack = stack;
        this.source = source;
        this.target = target;
        this.workers = workers;
        this.tasks = new TaskClient(stack);
    }

    @Override
    public String name() {
        return "Sluice";
    }

    @Override
    public double copy(String from, String to) {
        String path = create(from, to);
        double seconds = load(path);
        delete(path);
        return seconds;
    }

    /** A task that may be started. */
    String create(String from, String to) {
        return tasks.create("FULL", endpoint(source, from), endpoint(target, to), workers);
    }

    /** Returns how many seconds it took from the start until the task was complete. */
    double load(String path) {
        long began = System.nanoTime();
        tasks.action(path, "start");
        tasks.awaitState(path, "COMPLETED", "STARTING", "FULL_SYNC", "STOPPING");
        return (System.nanoTime() - began) / 1e9;
    }

    void delete(String path) {
        tasks.send("DELETE", path, JSON.createObjectNode());
    }

    /** Compares the contents. Returns how many seconds it took. */
    double compare(String path, String result) {
        long began = System.nanoTime();
        ObjectNode request = JSON.createObjectNode().put("kind", "CONTENT").put("workers", workers);
        String number = tasks.send("POST", path + "/comparisons", request)
                .path("number")
                .asText();
        JsonNode view = tasks.await(path + "/comparisons/" + number, "state", "REQUESTED", "RUNNING");
        double seconds = (System.nanoTime() - began) / 1e9;
        if (!view.path("result").asText().equals(result)) {
            throw new IllegalStateException("the comparison is not " + result + ": " + view);
        }
        return seconds;
    }

    /** The most memory that apply-service has had resident, in megabytes; 0 where the system does not tell. */
    long residentMegabytes() {
        return Memory.mostResident(stack.applies().getFirst().pid());
    }
}
