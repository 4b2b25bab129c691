package io.sluice.capture;

import io.sluice.capture.snapshot.SnapshotRun;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The first request for a snapshot of a task. */
final class TestingSnapshot {

    private TestingSnapshot() {}

    static CompletableFuture<TestingContext> run(TestingTask task) {
        return run(task, new TestingContext());
    }

    /** @param only of all tables of the task when none is named */
    static CompletableFuture<TestingContext> run(TestingTask task, TestingContext context, TableName... only) {
        SnapshotRun run = of(
                task.id,
                task.endpoint(),
                task.password(),
                TestingServers.kafka().bootstrapServers(),
                task.tables,
                context,
                only);
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        run.run();
                        return context;
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                work -> Thread.ofPlatform().name("snapshot").start(work));
    }

    static SnapshotRun of(
            String taskId,
            Endpoint source,
            Secret password,
            String kafka,
            List<TableName> tables,
            TestingContext context,
            TableName... only) {
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL_AND_INCREMENTAL,
                source,
                Dialect.POSTGRESQL,
                source,
                List.of(),
                List.of(),
                1,
                new RetryWindows(10, 1),
                null);
        context.order(new TaskOrder(taskId, 1, Phase.RUN, spec, tables, Instant.EPOCH));
        return new SnapshotRun(
                new Errand.Snapshot(1, List.of(only)),
                source,
                Credentials.of(password),
                KafkaAccess.of(kafka),
                Duration.ofDays(7),
                context,
                Clock.systemUTC());
    }
}
