package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.Cleanup;
import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.ServiceProcess;
import io.sluice.localstack.SluiceStack;
import io.sluice.localstack.StackOptions;
import io.sluice.localstack.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * {@code ./sluice bench latency}: a steady load at the source, followed by Sluice and by PostgreSQL's own logical replication at the same
 * time, and how long each takes from a commit until the target shows it.
 */
final class LatencyBench {

    private static final String FROM = "source";
    private static final String OWNER = "bench_owner";
    private static final int PROBES_PER_SECOND = 50;

    /** The JVMs' compilers are busy for so long at this rate, on processors that everybody needs. */
    private static final int WARM_UP_SECONDS = 240;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final BenchOptions options;
    private final Path applications;
    private final Path results;

    LatencyBench(BenchOptions options, Path applications, Path results) {
        this.options = options;
        this.applications = applications;
        this.results = results;
    }

    void run() {
        ObjectMapper mapper = new ObjectMapper();
        try (Cleanup cleanup = new Cleanup()) {
            Files.createDirectories(results);
            Path home = Directories.temporary("bench");
            cleanup.add((AutoCloseable) () -> Directories.delete(home));
            PostgresServer source = cleanup.add(IncrementalBench.server()).start();
            PostgresServer target = cleanup.add(IncrementalBench.server()).start();
            StateDirectory state = cleanup.add(StateDirectory.lock(home.resolve("state")));
            SluiceStack stack = cleanup.add(new SluiceStack(
                    state, StackOptions.forTest(applications), UUID.randomUUID().toString()));
            stack.start();
            List<ServiceProcess> services =
                    List.of(stack.captures().getFirst(), stack.applies().getFirst());
            Memory memory = cleanup.add(new Memory(services));
            List<String> ddl = List.of(LoadGenerator.TABLE, Probes.TABLE);
            source.createDatabase(FROM);
            source.execute(FROM, ddl.toArray(String[]::new));
            source.execute(
                    FROM,
                    "CREATE ROLE " + OWNER,
                    "ALTER TABLE load OWNER TO " + OWNER,
                    "ALTER TABLE probe OWNER TO " + OWNER);
            List<Replicator> tools = List.of(
                    new SluiceStream(stack, source, target, FROM, "sluice", OWNER),
                    new NativeSubscription(source, target, FROM, ddl));
            tools.forEach(Replicator::begin);

            ObjectNode json =
                    mapper.createObjectNode().put("rate", options.rate()).put("seconds", options.seconds());
            say("warming up ...");
            List<Latencies> measured = measure(source, target, tools, json);
            StringBuilder table = new StringBuilder(Latencies.heading());
            measured.forEach(one -> table.append(one.line()));
            say("\n" + table);
            measured.forEach(one -> json.withArray("tools").add(one.json(mapper)));
            memory.most().forEach((service, most) -> {
                say("%s: at most %d MB of heap in use, %d MB resident"
                        .formatted(service, most.heap(), most.resident()));
                json.withObject("/memory/" + service)
                        .put("heapMegabytes", most.heap())
                        .put("residentMegabytes", most.resident());
            });
            Path file = results.resolve("latency.json");
            Files.writeString(file, json.toPrettyString() + "\n");
            say("as JSON: " + file);
        } catch (IOException e) {
            throw new IllegalStateException("cannot write to " + results, e);
        }
    }

    private List<Latencies> measure(
            PostgresServer source, PostgresServer target, List<Replicator> tools, ObjectNode json) {
        List<Latencies> measured = new ArrayList<>();
        try (LoadGenerator load = new LoadGenerator(source, FROM, options.rate() - PROBES_PER_SECOND)) {
            probe(source, target, tools, WARM_UP_SECONDS);
            source.execute(FROM, "DELETE FROM probe");
            for (Replicator tool : tools) {
                try (Watch gone = new Watch(target, tool.database(), "SELECT NOT EXISTS (SELECT FROM probe)")) {
                    gone.await(Duration.ofMillis(100), PATIENCE);
                }
            }
            say("measuring for " + options.seconds() + " s ...");
            long before = load.committed();
            long began = System.nanoTime();
            measured.addAll(probe(source, target, tools, options.seconds()));
            double seconds = (System.nanoTime() - began) / 1e9;
            double rate = (load.committed() - before + (double) options.seconds() * PROBES_PER_SECOND) / seconds;
            say(String.format(Locale.ROOT, "%.0f transactions/s were committed", rate));
            json.put("committedPerSecond", rate);
        }
        for (Replicator tool : tools) {
            String sums = "SELECT concat_ws(' ', count(*), sum(hashtextextended(t::text, 0))) FROM load t";
            String expected = Watch.ask(source, FROM, sums);
            try (Watch equal = new Watch(target, tool.database(), "SELECT '" + expected + "' = (" + sums + ")")) {
                equal.await(Duration.ofMillis(500), PATIENCE);
            }
        }
        return measured;
    }

    private static List<Latencies> probe(
            PostgresServer source, PostgresServer target, List<Replicator> tools, int seconds) {
        Probes probes = new Probes(seconds * PROBES_PER_SECOND);
        try (ExecutorService threads = Executors.newFixedThreadPool(tools.size())) {
            List<CompletableFuture<Latencies>> seeing = tools.stream()
                    .map(tool -> CompletableFuture.supplyAsync(
                            () -> probes.see(tool.name(), target, tool.database()), threads))
                    .toList();
            probes.write(source, FROM, PROBES_PER_SECOND);
            return seeing.stream().map(CompletableFuture::join).toList();
        }
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
