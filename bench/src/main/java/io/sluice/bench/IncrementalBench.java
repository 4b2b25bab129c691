package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./sluice bench incremental}: the same backlog in the source's WAL, drained by one tool after the other, each from a slot that it
 * had before the backlog was written, into a database of its own. A drain lasts from the moment in which the tool's slot is active until
 * the last row can be seen on the target; it counts only if the target then equals the source.
 */
final class IncrementalBench {

    private static final String FROM = "source";
    private static final String OWNER = "bench_owner";
    private static final Duration EVERY = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    /** Turns that do not count: a JVM goes on compiling for about as long, on processors that the others need. */
    private static final int WARM_UP_TURNS = 3;

    private final BenchOptions options;
    private final Path applications;
    private final Path results;
    private final Path peers;
    private final ObjectMapper mapper = new ObjectMapper();
    private final PostgresServer source = server();
    private final PostgresServer target = server();
    private final List<Replicator> tools = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private int turn;

    /** @param peers the directory that {@code bench/peers/pom.xml} fills */
    IncrementalBench(BenchOptions options, Path applications, Path results, Path peers) {
        this.options = options;
        this.applications = applications;
        this.results = results;
        this.peers = peers;
    }

    void run() {
        ObjectNode json =
                mapper.createObjectNode().put("scale", options.scale()).put("rounds", options.rounds());
        try {
            Files.createDirectories(results);
            Path recordings = results.resolve("recordings");
            Directories.delete(recordings);
            Profile profile = new Profile(recordings);
            Map<String, Long> services = measure(json, profile);
            StringBuilder text = new StringBuilder();
            ArrayNode profiles = json.putArray("profiles");
            services.forEach((service, process) -> {
                Profile.Result result = profile.of(service, process);
                text.append(result.tables());
                profiles.addAll(result.json(mapper));
            });
            Files.writeString(results.resolve("incremental-profile.md"), text);
            Files.writeString(results.resolve("incremental.json"), json.toPrettyString() + "\n");
            say("as JSON: " + results.resolve("incremental.json") + "; where the time goes: "
                    + results.resolve("incremental-profile.md"));
        } catch (IOException e) {
            throw new IllegalStateException("cannot write to " + results, e);
        }
    }

    /** Returns the services with their process ids; all of them have ended by then. */
    private Map<String, Long> measure(ObjectNode json, Profile profile) throws IOException {
        try (Cleanup cleanup = new Cleanup()) {
            Path home = Directories.temporary("bench");
            cleanup.add((AutoCloseable) () -> Directories.delete(home));
            cleanup.add(source).start();
            cleanup.add(target).start();
            StateDirectory state = cleanup.add(StateDirectory.lock(home.resolve("state")));
            StackOptions stackOptions =
                    StackOptions.forTest(applications).withEnvironment("JAVA_TOOL_OPTIONS", profile.options());
            SluiceStack stack = cleanup.add(
                    new SluiceStack(state, stackOptions, UUID.randomUUID().toString()));
            stack.start();
            List<ServiceProcess> services =
                    List.of(stack.captures().getFirst(), stack.applies().getFirst());
            Map<String, Long> processes = new LinkedHashMap<>();
            services.forEach(service -> processes.put(service.name(), service.pid()));
            Memory memory = cleanup.add(new Memory(services));
            List<Backlog> backlogs = Backlog.all();
            makeSource(backlogs);
            begin(stack, backlogs, home, cleanup);
            ArrayNode drains = json.putArray("drains");
            ArrayNode reads = json.putArray("readers");
            for (Backlog backlog : backlogs) {
                measure(backlog, profile, drains, reads);
            }
            memory.most().forEach((service, most) -> {
                say("%s: at most %d MB of heap in use, %d MB resident"
                        .formatted(service, most.heap(), most.resident()));
                json.withObject("/memory/" + service)
                        .put("heapMegabytes", most.heap())
                        .put("residentMegabytes", most.resident());
            });
            return processes;
        }
    }

    private void makeSource(List<Backlog> backlogs) {
        source.createDatabase(FROM);
        source.execute(FROM, "CREATE ROLE " + OWNER);
        for (Backlog backlog : backlogs) {
            source.execute(FROM, backlog.ddl().toArray(String[]::new));
            backlog.tables().forEach(table -> source.execute(FROM, "ALTER TABLE " + table + " OWNER TO " + OWNER));
        }
    }

    private void begin(SluiceStack stack, List<Backlog> backlogs, Path home, Cleanup cleanup) throws IOException {
        List<String> ddl =
                backlogs.stream().flatMap(backlog -> backlog.ddl().stream()).toList();
        tools.add(new SluiceStream(stack, source, target, FROM, "sluice", OWNER));
        tools.add(new NativeSubscription(source, target, FROM, ddl));
        Path connect = Files.createDirectories(home.resolve("connect"));
        tools.add(new DebeziumSink(
                source,
                target,
                FROM,
                backlogs,
                peers,
                stack.kafka().bootstrapServers(),
                stack.kafka().pid(),
                connect));
        readers.add(new CaptureReader(stack, source, new SluiceStream(stack, source, target, FROM, "reader", OWNER)));
        readers.add(new StockConnector(source, FROM, connect));
        tools.forEach(cleanup::add);
        readers.forEach(cleanup::add);
        for (Replicator tool : tools) {
            say("making " + tool.name() + " ready ...");
            tool.begin();
            tool.hold();
        }
        for (Reader reader : readers) {
            say("making " + reader.name() + " ready ...");
            reader.begin();
            reader.hold();
        }
    }

    private void measure(Backlog backlog, Profile profile, ArrayNode drains, ArrayNode reads) {
        say("\n" + backlog.what() + ": warming up ...");
        for (int warming = 0; warming < WARM_UP_TURNS; warming++) {
            round(backlog, options.scale(), new Race("", 1, ""), new Race("", 1, ""), null);
        }
        long changes = backlog.changes(options.scale());
        Race drained = new Race(backlog.what(), changes, tools.getFirst().name());
        Race read = new Race(
                "reader alone: " + backlog.what(), changes, readers.getFirst().name());
        for (int round = 1; round <= options.rounds(); round++) {
            say("round " + round + " ...");
            round(backlog, options.scale(), drained, read, profile);
        }
        say("\n" + drained.table() + "\n" + read.table());
        drains.add(drained.json(mapper));
        reads.add(read.json(mapper));
    }

    /** Each has its turn; who is first changes from round to round. Whoever gives up is left out from then on. */
    private void round(Backlog backlog, double scale, Race drained, Race read, @Nullable Profile profile) {
        turn++;
        backlog.write(source, FROM, turn, scale);
        String expected = Watch.ask(source, FROM, backlog.sums());
        List<Replicator> order = new ArrayList<>(tools);
        Collections.rotate(order, turn);
        for (Replicator tool : order) {
            try {
                drain(tool, backlog, drained, expected, profile);
            } catch (IllegalStateException e) {
                say(tool.name() + " has given up: " + e.getMessage());
                drained.voided(tool.name(), "it has given up");
                tools.remove(tool);
            }
        }
        List<Reader> readerOrder = new ArrayList<>(readers);
        Collections.rotate(readerOrder, turn);
        readerOrder.forEach(reader -> read(reader, backlog, scale, read, profile));
    }

    private void drain(Replicator tool, Backlog backlog, Race race, String expected, @Nullable Profile profile) {
        target.execute("postgres", "CHECKPOINT");
        CpuTime cpu = cpuOf(tool.processes());
        cpu.add("target", target::pid);
        try (Watch reading = new Watch(source, FROM, Slots.query(tool.slot(), true));
                Watch arrived = new Watch(target, tool.database(), backlog.arrived(turn))) {
            tool.release();
            reading.await(Duration.ofMillis(2), PATIENCE);
            Instant from = Instant.now();
            long began = System.nanoTime();
            Map<String, Double> before = cpu.now();
            awaitArrived(tool, arrived);
            double seconds = (System.nanoTime() - began) / 1e9;
            Map<String, Double> used = cpu.since(before);
            if (profile != null && tool instanceof SluiceStream) {
                profile.window(backlog.what(), from, Instant.now());
            }
            race.add(tool.name(), seconds, used);
            say(String.format(Locale.ROOT, "  %s: %.2f s", tool.name(), seconds));
        }
        tool.hold();
        String seen = Watch.ask(target, tool.database(), backlog.sums());
        if (!seen.equals(expected)) {
            say("  " + tool.name() + " has other rows than the source:\n  " + seen + "\n  instead of\n  " + expected);
            race.voided(tool.name(), "its rows are not the source's");
        }
    }

    private static void awaitArrived(Replicator tool, Watch arrived) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean there = false;
        while (!there) {
            try {
                arrived.await(EVERY, Duration.ofSeconds(5));
                there = true;
            } catch (IllegalStateException notYet) {
                tool.requireHealthy();
                if (System.nanoTime() > deadline) {
                    throw notYet;
                }
            }
        }
    }

    private void read(Reader reader, Backlog backlog, double scale, Race race, @Nullable Profile profile) {
        CpuTime cpu = cpuOf(reader.processes());
        AtomicReference<Instant> from = new AtomicReference<>(Instant.now());
        AtomicReference<Map<String, Double>> before = new AtomicReference<>(Map.of());
        reader.read(backlog, turn, scale, () -> {
            from.set(Instant.now());
            before.set(cpu.now());
        });
        Instant to = Instant.now();
        Map<String, Double> used = cpu.since(before.get());
        double seconds = Duration.between(from.get(), to).toNanos() / 1e9;
        if (profile != null && reader instanceof CaptureReader) {
            profile.window("reader alone: " + backlog.what(), from.get(), to);
        }
        race.add(reader.name(), seconds, used);
        say(String.format(Locale.ROOT, "  %s alone: %.2f s", reader.name(), seconds));
        reader.verify(backlog, scale);
        reader.hold();
    }

    private CpuTime cpuOf(Map<String, Long> processes) {
        CpuTime cpu = new CpuTime();
        cpu.add("source", source::pid);
        processes.forEach((name, process) -> cpu.add(name, () -> process));
        return cpu;
    }

    /** The newest server, and room for its WAL. */
    static PostgresServer server() {
        return PostgresServer.builder()
                .setting("shared_buffers", "512MB")
                .setting("max_wal_size", "8GB")
                .setting("checkpoint_timeout", "30min")
                .setting("max_logical_replication_workers", "8")
                .setting("max_worker_processes", "16")
                .build();
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
