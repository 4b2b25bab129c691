package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.Cleanup;
import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.SluiceStack;
import io.sluice.localstack.StackOptions;
import io.sluice.localstack.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** {@code ./sluice bench full}: the same source copied by each tool in turn, in rounds. */
final class FullBench {

    /** The newest server that Debian's pgcopydb speaks to. */
    private static final int VERSION = 15;

    private static final String COPY = "copy";

    private static final String MIXED = "narrow, wide and 200 small tables";

    private final BenchOptions options;
    private final Path applications;
    private final Path results;

    FullBench(BenchOptions options, Path applications, Path results) {
        this.options = options;
        this.applications = applications;
        this.results = results;
    }

    void run() {
        ObjectMapper mapper = new ObjectMapper();
        try (Cleanup cleanup = new Cleanup()) {
            Files.createDirectories(results);
            Commands commands = new Commands(results.resolve("commands.log"));
            Path home = Directories.temporary("bench");
            cleanup.add((AutoCloseable) () -> Directories.delete(home));
            PostgresServer source = cleanup.add(server());
            PostgresServer target = cleanup.add(server());
            source.start();
            target.start();
            StateDirectory state = cleanup.add(StateDirectory.lock(home.resolve("state")));
            SluiceStack stack = cleanup.add(new SluiceStack(
                    state, StackOptions.forTest(applications), UUID.randomUUID().toString()));
            stack.start();
            SluiceContender sluice = new SluiceContender(stack, source, target, options.workers());
            Pgcopydb pgcopydb = new Pgcopydb(source, target, options.workers(), commands);
            BarePipes pipes = new BarePipes(source, target, options.workers(), commands);

            ObjectNode json =
                    mapper.createObjectNode().put("workers", options.workers()).put("scale", options.scale());
            ArrayNode comparisons = json.putArray("comparisons");
            say("making the source ...");
            BenchData.mixed(source, "mixed", options.scale());
            Comparison mixed = compare(MIXED, source, target, "mixed", List.of(sluice, pgcopydb, pipes));
            comparisons.add(mixed.json(mapper));
            Goals goals = new Goals();
            goals.ratio(mixed, pgcopydb.name(), 0.8);
            goals.ratio(mixed, pipes.name(), 1.15);
            if (options.tables() > 0) {
                BenchData.small(source, "many", options.tables());
                Comparison many =
                        compare(options.tables() + " small tables", source, target, "many", List.of(sluice, pgcopydb));
                comparisons.add(many.json(mapper));
                goals.ratio(many, pgcopydb.name(), 1.2);
            }
            if (options.largeRow() > 0) {
                BenchData.largeRow(source, "large", options.largeRow());
                double seconds = once(sluice, target, "large");
                say(String.format(Locale.ROOT, "one row of %d MB: %.1f s", options.largeRow(), seconds));
                json.put("largeRowSeconds", seconds);
            }
            long resident = sluice.residentMegabytes();
            json.put("applyResidentMegabytes", resident);
            goals.megabytes("the most memory that apply-service had resident", resident, 512);
            say("\n" + goals.table());
            json.set("goals", goals.json(mapper));
            Path file = results.resolve("full.json");
            Files.writeString(file, json.toPrettyString() + "\n");
            say("as JSON: " + file);
        } catch (IOException e) {
            throw new IllegalStateException("cannot write to " + results, e);
        }
    }

    /**
     * Who is first changes from round to round; a copy that is not equal is none. A tool beside Sluice that fails has given up: the
     * rest goes on without it.
     */
    private Comparison compare(
            String what,
            PostgresServer source,
            PostgresServer target,
            String database,
            List<? extends Contender> tools) {
        Contender ours = tools.getFirst();
        Comparison comparison = new Comparison(what, ours.name());
        String expected = Contents.of(source, database);
        for (int round = 1; round <= options.rounds(); round++) {
            List<Contender> order = new ArrayList<>(tools);
            Collections.rotate(order, round - 1);
            order.removeIf(tool -> comparison.hasGivenUp(tool.name()));
            for (Contender tool : order) {
                double seconds;
                try {
                    seconds = once(tool, target, database);
                } catch (IllegalStateException e) {
                    if (tool.equals(ours)) {
                        throw e;
                    }
                    say("round " + round + ": " + tool.name() + " has given up: " + e.getMessage());
                    comparison.giveUp(tool.name());
                    continue;
                }
                if (!Contents.of(target, COPY).equals(expected)) {
                    throw new IllegalStateException(tool.name() + " has other rows or indexes than the source");
                }
                say(String.format(Locale.ROOT, "round %d: %s took %.2f s", round, tool.name(), seconds));
                comparison.add(tool.name(), seconds);
            }
        }
        say("\n" + comparison.table());
        return comparison;
    }

    private static double once(Contender tool, PostgresServer target, String database) {
        target.execute("postgres", "DROP DATABASE IF EXISTS " + COPY);
        target.createDatabase(COPY);
        target.execute("postgres", "CHECKPOINT");
        return tool.copy(database, COPY);
    }

    static PostgresServer server() {
        return PostgresServer.builder()
                .majorVersion(VERSION)
                .setting("shared_buffers", "512MB")
                .setting("max_wal_size", "8GB")
                .setting("checkpoint_timeout", "30min")
                .setting("max_locks_per_transaction", "512")
                .build();
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
