package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.apply.load.LoadSlots;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Transform;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.compare.RowComparison;
import io.sluice.localstack.compare.TableResult;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** The load alone, between two real databases: runs of it, their metrics, and whether both sides are the same. */
abstract class LoadScenario {

    static final LoadLimits SLOW = new LoadLimits(null, 10_000_000L, null, List.of());

    final PostgresServer server;
    final TestingDatabases databases;
    final String taskId;
    final String sourceName;
    final String targetName;
    /** One for each run; a run's metrics leave the registry when it ends. */
    private final List<Counter> bytes = new CopyOnWriteArrayList<>();

    final List<SimpleMeterRegistry> registries = new CopyOnWriteArrayList<>();

    private final List<TestingContext> contexts = new ArrayList<>();
    List<TableChoice> choices = List.of();
    StructureChoice structure = StructureChoice.DEFAULT;
    List<Transform> transforms = List.of();

    final long seed = Long.getLong("sluice.seed", System.nanoTime());

    LoadScenario() {
        this(SharedServers.postgres());
    }

    LoadScenario(PostgresServer server) {
        this.server = server;
        databases = new TestingDatabases(server);
        taskId = databases.taskId();
        sourceName = databases.source();
        targetName = databases.target();
    }

    @AfterEach
    void endRuns() {
        contexts.forEach(TestingContext::stop);
    }

    /** A run on a thread of its own. */
    record Run(TestingContext context, CompletableFuture<@Nullable SluiceException> done) {

        @Nullable
        SluiceException failure() {
            return done.getNow(null);
        }

        Map<TableName, TableState> states() {
            Map<TableName, TableState> states = new HashMap<>();
            for (Fact fact : context.facts()) {
                if (fact instanceof Fact.LoadProgress progress) {
                    progress.tables().forEach(table -> states.put(table.table(), table.state()));
                }
            }
            return states;
        }
    }

    void complete(List<TableName> tables) {
        Run run = run(tables, LoadLimits.NONE);
        await().atMost(Duration.ofSeconds(90)).until(run.done::isDone);
        assertThat(run.failure()).isNull();
        assertThat(run.context.reached(Fact.Step.LOADED)).isTrue();
    }

    Run run(List<TableName> tables, LoadLimits limits) {
        return run(order(tables, limits, 2));
    }

    Run run(TaskOrder order) {
        TestingContext context = new TestingContext();
        contexts.add(context);
        context.order(order);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        registries.add(registry);
        bytes.add(registry.counter("sluice.full.load.bytes", "task", taskId));
        return new Run(
                context,
                CompletableFuture.supplyAsync(
                        () -> {
                            try (Connections source = source();
                                    Connections target = databases.connections("target", targetName);
                                    ApplyMetrics metrics = new ApplyMetrics(registry, taskId)) {
                                new ApplyRun(
                                                order,
                                                source,
                                                target,
                                                KafkaAccess.of(Map.of()),
                                                context,
                                                new Claimant(),
                                                metrics,
                                                new LoadSlots(16))
                                        .run();
                                return null;
                            } catch (SluiceException e) {
                                return e;
                            }
                        },
                        task -> Thread.ofPlatform().start(task)));
    }

    Connections source() {
        return databases.connections("source", sourceName);
    }

    TaskOrder order(List<TableName> tables, LoadLimits limits, int workers) {
        return order(1, tables, limits, workers);
    }

    TaskOrder order(long generation, List<TableName> tables, LoadLimits limits, int workers) {
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL,
                databases.endpoint(sourceName),
                Dialect.POSTGRESQL,
                databases.endpoint(targetName),
                choices,
                List.of(),
                workers,
                new RetryWindows(10, 1),
                null,
                structure,
                ChangeChoice.DEFAULT,
                transforms,
                limits,
                ChangeLimits.NONE,
                null);
        return new TaskOrder(taskId, generation, Phase.RUN, spec, tables, Instant.EPOCH);
    }

    double loadedBytes() {
        return bytes.stream().mapToDouble(Counter::count).sum();
    }

    static List<TableName> names(String... tables) {
        return Stream.of(tables).map(table -> new TableName("public", table)).toList();
    }

    void assertEqual(List<TableName> tables) throws SQLException {
        try (Connection source = server.connect(sourceName);
                Connection target = server.connect(targetName)) {
            RowComparison comparison = new RowComparison(source, target);
            for (TableName table : tables) {
                var name = new io.sluice.localstack.compare.TableName(table.schema(), table.table());
                TableResult result = comparison.compare(name, name);
                assertThat(result.equal()).as(result + ", seed " + seed).isTrue();
            }
        }
    }
}
