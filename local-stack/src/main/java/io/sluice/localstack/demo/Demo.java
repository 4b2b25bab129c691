package io.sluice.localstack.demo;

import io.sluice.localstack.AdminToken;
import io.sluice.localstack.Cleanup;
import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.Screen;
import io.sluice.localstack.SluiceStack;
import io.sluice.localstack.StackOptions;
import io.sluice.localstack.StateDirectory;
import io.sluice.localstack.compare.RowComparison;
import io.sluice.localstack.compare.TableResult;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code ./sluice demo}: a source with a sample shop under live traffic, an empty target, all of Sluice, one task. Everything lives in a
 * temporary directory that is deleted at the end; when the demo fails, the logs stay.
 */
public final class Demo {
    private static final String DATABASE = "shop";
    private static final String TASK_NAME = "shop-demo";
    private static final Duration STREAMING = Duration.ofSeconds(20);
    private static final Duration LAG_INTERVAL = Duration.ofSeconds(2);
    private static final Duration IDLE_LAG_INTERVAL = Duration.ofSeconds(5);
    private static final Duration FOREVER = Duration.ofDays(10_000);
    private static final int SEEDS = 1_000_000;

    private final Path project;
    private final Path applications;
    private final Screen screen;
    private Optional<Boolean> comparison = Optional.empty();

    public Demo(Path project, Path applications, Screen screen) {
        this.project = project;
        this.applications = applications;
        this.screen = screen;
    }

    /**
     * @param exit ends after the comparison; else only when the thread is interrupted
     * @return whether the comparison was equal; without {@code exit} also true when the user stopped before it
     */
    public boolean run(boolean exit) {
        long begin = System.nanoTime();
        Path directory = Directories.temporary("demo");
        boolean failed = true;
        try (Cleanup cleanup = new Cleanup()) {
            play(exit, directory, cleanup);
            failed = false;
        } catch (InterruptedException signal) {
            screen.say("stopped");
            failed = false;
        } catch (SQLException | IOException e) {
            throw new DemoFailedException("the demo failed", e);
        } catch (IllegalStateException | DemoFailedException e) {
            boolean signal = Thread.currentThread().isInterrupted();
            if (!signal) {
                throw e;
            }
            screen.say("stopped");
            failed = false;
        } finally {
            end(directory, failed);
        }
        boolean equal = comparison.orElse(!exit);
        if (exit) {
            screen.say("%s after %d s"
                    .formatted(equal ? "done" : "NOT EQUAL", (System.nanoTime() - begin) / 1_000_000_000));
        }
        return equal;
    }

    private void play(boolean exit, Path directory, Cleanup cleanup)
            throws SQLException, IOException, InterruptedException {
        long seed = Optional.ofNullable(System.getenv("SLUICE_DEMO_SEED"))
                .map(Long::valueOf)
                .orElseGet(() -> ThreadLocalRandom.current().nextLong(SEEDS));
        StateDirectory state = cleanup.add(StateDirectory.lock(directory));
        screen.say("Sluice demo, seed " + seed + " (SLUICE_DEMO_SEED repeats it), files in " + directory);
        PostgresServer source = cleanup.add(server(state, "source"));
        PostgresServer target = cleanup.add(server(state, "target"));
        screen.say("starting the source and the target PostgreSQL ...");
        source.start();
        target.start();
        source.createDatabase(DATABASE);
        target.createDatabase(DATABASE);
        screen.say("filling the sample shop on the source ...");
        try (Connection connection = source.connect(DATABASE)) {
            new Shop(seed).fill(connection);
        }

        AdminToken token = AdminToken.of(project.resolve(".sluice"));
        StackOptions options = StackOptions.forUse(applications).withDurable(false);
        SluiceStack stack = cleanup.add(new SluiceStack(state, options, token.value()));
        screen.say("starting Kafka, the configuration database and the services ...");
        stack.start();
        cleanup.add(stack.supervise(screen::say));
        stack.portsNotAsUsual().forEach(line -> screen.say("  " + line));

        ShopTraffic traffic =
                cleanup.add(new ShopTraffic(source, DATABASE, seed)).start();
        TaskClient client = new TaskClient(stack.taskApi().url(), token.value());
        String task = client.create(TASK_NAME, source, target, DATABASE);
        new PrecheckWatch(client, task, screen).run();
        client.start(task);
        screen.say("the shop is open; task " + TASK_NAME + " (" + task + ") copies it:");
        TaskWatch watch = new TaskWatch(client, task, screen);
        watch.awaitStreaming();
        screen.say("loaded; every change of the shop now follows:");
        watch.showLag(STREAMING, LAG_INTERVAL, traffic);
        screen.say("Sluice compares every row and column while the shop is open:");
        boolean equal = new ComparisonWatch(client, task, screen).run();
        comparison = Optional.of(compare(source, target, traffic, watch) && equal);
        if (!exit) {
            traffic.resume();
            Guide.show(screen, stack, source, target, DATABASE, task, token);
            watch.showLag(FOREVER, IDLE_LAG_INTERVAL, traffic);
        }
    }

    private static PostgresServer server(StateDirectory state, String name) {
        return PostgresServer.builder()
                .directory(state.path().resolve(name))
                .password(state.token(name + "-password"))
                .fsync(false)
                .build();
    }

    /** Pauses the traffic and leaves it paused. */
    private boolean compare(PostgresServer source, PostgresServer target, ShopTraffic traffic, TaskWatch watch)
            throws SQLException, InterruptedException {
        traffic.pause();
        screen.say("the shop pauses after %,d transactions; waiting for the target ...".formatted(traffic.committed()));
        try (Connection left = source.connect(DATABASE);
                Connection right = target.connect(DATABASE)) {
            watch.awaitApplied(currentLsn(left));
            List<TableResult> results = new RowComparison(left, right).compareSchema("public");
            screen.say("compared once more, by the demo itself, in rest:");
            screen.say("  %-22s %12s %12s %12s".formatted("table", "source rows", "target rows", "different"));
            for (TableResult result : results) {
                screen.say("  %-22s %,12d %,12d %,12d  %s"
                        .formatted(
                                result.table(),
                                result.sourceRows(),
                                result.targetRows(),
                                result.differences(),
                                result.equal() ? "equal" : "DIFFERENT"));
            }
            results.stream().filter(result -> !result.equal()).forEach(result -> screen.say(result.toString()));
            return !results.isEmpty() && results.stream().allMatch(TableResult::equal);
        }
    }

    private static long currentLsn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_lsn()::text")) {
            row.next();
            return TaskWatch.parseLsn(row.getString(1));
        }
    }

    private void end(Path directory, boolean keepLogs) {
        if (keepLogs) {
            for (String data : List.of("source/data", "target/data", "configuration/data", "kafka/data")) {
                Directories.delete(directory.resolve(data));
            }
            screen.say("the demo failed; the logs are below " + directory);
            Directories.files(directory, ".log").forEach(log -> screen.say("  " + log));
        } else {
            Directories.delete(directory);
        }
    }
}
