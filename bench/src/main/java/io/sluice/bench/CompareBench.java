package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** {@code ./sluice bench compare}: one table of both sides compared in several ways, in rounds. */
final class CompareBench {

    private static final String SOURCE = "one";
    private static final String TARGET = "copy";
    private static final String READ_ALL = "COPY big TO '/dev/null'";

    /** Of the rows' own sums: those of all rows together do not fit into a text. */
    private static final String CHECKSUM = "SELECT md5(string_agg(md5(big::text), '' ORDER BY id)) FROM big";

    /** What {@code pgcopydb compare data} asks each side for; it does not tell which rows differ. */
    private static final String SUM_OF_HASHES = "SELECT count(*), sum(hashtext(big::text)::bigint) FROM ONLY big";

    private final BenchOptions options;
    private final Path applications;
    private final Path results;

    CompareBench(BenchOptions options, Path applications, Path results) {
        this.options = options;
        this.applications = applications;
        this.results = results;
    }

    /** Something to do, timed. */
    @FunctionalInterface
    private interface Work {
        void run();
    }

    void run() {
        try (Cleanup cleanup = new Cleanup()) {
            Files.createDirectories(results);
            Commands commands = new Commands(results.resolve("commands.log"));
            // Debian's version may be older than the command.
            boolean pgcopydb = commands.knows("pgcopydb", "compare", "data", "--help");
            Path home = Directories.temporary("bench");
            cleanup.add((AutoCloseable) () -> Directories.delete(home));
            PostgresServer source = cleanup.add(FullBench.server());
            PostgresServer target = cleanup.add(FullBench.server());
            source.start();
            target.start();
            StateDirectory state = cleanup.add(StateDirectory.lock(home.resolve("state")));
            SluiceStack stack = cleanup.add(new SluiceStack(
                    state, StackOptions.forTest(applications), UUID.randomUUID().toString()));
            stack.start();
            SluiceContender sluice = new SluiceContender(stack, source, target, options.workers());
            say("making the source, and loading it ...");
            BenchData.one(source, SOURCE, options.scale());
            target.createDatabase(TARGET);
            String task = sluice.create(SOURCE, TARGET);
            sluice.load(task);
            target.execute(TARGET, "VACUUM ANALYZE", "CHECKPOINT");

            Comparison time = new Comparison("one table, equal on both sides", sluice.name());
            Comparison load = new Comparison("CPU time of both servers", sluice.name());
            for (int round = 1; round <= options.rounds(); round++) {
                Turns turns = new Turns(new ServerLoad(source, SOURCE), new ServerLoad(target, TARGET), time, load);
                turns.take("Sluice", () -> sluice.compare(task, "EQUAL"));
                turns.take("COPY TO /dev/null, one side after the other", () -> {
                    source.execute(SOURCE, READ_ALL);
                    target.execute(TARGET, READ_ALL);
                });
                turns.take("COPY TO /dev/null, both sides at once", () -> both(source, target, READ_ALL));
                turns.take("md5(string_agg())", () -> both(source, target, CHECKSUM));
                if (pgcopydb) {
                    turns.take("pgcopydb compare data", () -> pgcopydb(source, target, commands));
                } else {
                    turns.take("the checksum of pgcopydb compare data", () -> both(source, target, SUM_OF_HASHES));
                }
                say("round " + round + " is done");
            }
            say("\n" + time.table() + "\n" + load.table());

            target.execute(
                    TARGET,
                    "UPDATE big SET amount = -amount WHERE id % greatest((SELECT max(id) FROM big) / 10, 1) = 5");
            long before = blocks(source);
            double different = sluice.compare(task, "DIFFERENT");
            double read = (blocks(source) - before) / (double) pages(source);
            say(String.format(
                    Locale.ROOT,
                    "10 rows that differ: found in %.2f s, by reading %.3f times the pages of the source's table",
                    different,
                    read));
            say("apply-service had at most " + sluice.residentMegabytes() + " MB resident");
            ObjectMapper mapper = new ObjectMapper();
            ObjectNode json = mapper.createObjectNode();
            json.put("scale", options.scale());
            json.put("pgcopydb", pgcopydb);
            json.set("equal", time.json(mapper));
            json.set("load", load.json(mapper));
            json.put("differentSeconds", different).put("pagesReadPerPage", read);
            json.put("applyResidentMegabytes", sluice.residentMegabytes());
            Path file = results.resolve("compare.json");
            Files.writeString(file, json.toPrettyString() + "\n");
            say("as JSON: " + file);
        } catch (IOException e) {
            throw new IllegalStateException("cannot write to " + results, e);
        }
    }

    /** Measures whose turn it is. */
    private record Turns(ServerLoad source, ServerLoad target, Comparison time, Comparison load) {

        void take(String tool, Work work) {
            double before = source.cpuSeconds() + target.cpuSeconds();
            long began = System.nanoTime();
            work.run();
            time.add(tool, (System.nanoTime() - began) / 1e9);
            load.add(tool, source.cpuSeconds() + target.cpuSeconds() - before);
        }
    }

    private static void both(PostgresServer source, PostgresServer target, String sql) {
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> target.execute(TARGET, sql));
        source.execute(SOURCE, sql);
        other.join();
    }

    private static void pgcopydb(PostgresServer source, PostgresServer target, Commands commands) {
        Path work = Directories.temporary("pgcopydb");
        commands.run(
                "pgcopydb",
                "compare",
                "data",
                "--source",
                Commands.uri(source, SOURCE),
                "--target",
                Commands.uri(target, TARGET),
                "--dir",
                work.resolve("work").toString());
        Directories.delete(work);
    }

    /** Pages of the table that were asked for so far, as the statistics have them. */
    private static long blocks(PostgresServer source) {
        return number(
                source,
                "SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables WHERE relname = 'big'"
                        + " AND pg_sleep(2) IS NOT NULL");
    }

    private static long pages(PostgresServer source) {
        return number(source, "SELECT pg_relation_size('big') / 8192");
    }

    private static long number(PostgresServer server, String sql) {
        try (Connection connection = server.connect(SOURCE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
