package io.sluice.apply;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.apply.load.LoadSlots;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A task's source and target, empty, on one server; and runs of the task between them. */
final class TestingDatabases {

    private final PostgresServer server;
    private final String taskId = UUID.randomUUID().toString();

    TestingDatabases(PostgresServer server) {
        this.server = server;
        server.createDatabase(source());
        server.createDatabase(target());
    }

    String taskId() {
        return taskId;
    }

    String source() {
        return "source_" + taskId.substring(0, 8);
    }

    String target() {
        return "target_" + taskId.substring(0, 8);
    }

    Endpoint endpoint(String database) {
        return new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
    }

    Connections connections(String what, String database) {
        return new Connections(what, endpoint(database), new Secret(server.password()), "sluice-apply " + taskId);
    }

    TaskOrder order(List<TableName> tables, SyncMode mode, ChangeChoice changes) {
        return order(tables, mode, changes, LoadLimits.NONE);
    }

    TaskOrder order(List<TableName> tables, SyncMode mode, ChangeChoice changes, LoadLimits limits) {
        return order(tables, mode, changes, limits, List.of(), StructureChoice.DEFAULT);
    }

    TaskOrder order(
            List<TableName> tables,
            SyncMode mode,
            ChangeChoice changes,
            LoadLimits limits,
            List<TableChoice> choices,
            StructureChoice structure) {
        TaskSpec spec = new TaskSpec(
                "test",
                mode,
                endpoint(source()),
                Dialect.POSTGRESQL,
                endpoint(target()),
                choices,
                List.of(),
                2,
                new RetryWindows(10, 1),
                null,
                structure,
                changes,
                List.of(),
                limits,
                ChangeLimits.NONE,
                null);
        return new TaskOrder(taskId, 1, Phase.RUN, spec, tables, Instant.EPOCH);
    }

    /** A run on a thread of its own, which fails as the run does unless it was told to end. */
    CompletableFuture<Void> run(TaskOrder order, KafkaAccess kafka, TestingContext context, Claimant claimant) {
        return run(order, kafka, context, claimant, new LoadSlots(16));
    }

    CompletableFuture<Void> run(
            TaskOrder order, KafkaAccess kafka, TestingContext context, Claimant claimant, LoadSlots slots) {
        context.order(order);
        return CompletableFuture.runAsync(
                () -> {
                    try (Connections source = connections("source", source());
                            Connections target = connections("target", target());
                            ApplyMetrics metrics = new ApplyMetrics(new SimpleMeterRegistry(), taskId)) {
                        new ApplyRun(order, source, target, kafka, context, claimant, metrics, slots).run();
                    } catch (SluiceException e) {
                        if (!context.stopping()) {
                            context.report(new Fact.Failed(e.code(), e.getMessage()));
                            throw e;
                        }
                    }
                },
                task -> Thread.ofPlatform().start(task));
    }

    /** The first value of the first row as text; empty when there is none. */
    String ask(String database, String sql) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            return text(statement, sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }
}
