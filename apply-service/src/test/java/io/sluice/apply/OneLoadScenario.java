package io.sluice.apply;

import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;

/** A load of one task, run again and again, and what is asked of its two databases. */
abstract class OneLoadScenario {

    final PostgresServer server;
    final TestingDatabases databases;

    /** Of the newest run, as {@link #run}. */
    TestingContext context = new TestingContext();

    CompletableFuture<Void> run = new CompletableFuture<>();

    OneLoadScenario(PostgresServer server) {
        this.server = server;
        databases = new TestingDatabases(server);
    }

    @AfterEach
    void endRun() {
        context.stop();
    }

    void start(TaskOrder order) {
        context = new TestingContext();
        run = databases.run(order, KafkaAccess.of(Map.of()), context, new Claimant());
    }

    /** Waits for the end of the run, which must be an error. */
    Fact.Failed failure() {
        await().atMost(Duration.ofSeconds(60)).until(run::isDone);
        return context.facts().stream()
                .filter(Fact.Failed.class::isInstance)
                .map(Fact.Failed.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("the load has ended without an error"));
    }

    void onSource(String... statements) {
        server.execute(databases.source(), statements);
    }

    void onTarget(String... statements) {
        server.execute(databases.target(), statements);
    }

    String askSource(String question) {
        return databases.ask(databases.source(), question);
    }

    String askTarget(String question) {
        return databases.ask(databases.target(), question);
    }
}
