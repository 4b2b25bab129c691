package io.sluice.e2e;

import io.sluice.localstack.PostgresServer;
import java.time.Duration;

/** Stops or kills one of the user's databases at random moments of the load and of the stream, and starts it again. */
final class RestartCampaign {
    private static final Duration MOMENT = Duration.ofSeconds(3);
    private static final Duration AWAY = Duration.ofSeconds(2);

    private RestartCampaign() {}

    static void run(Sluice sluice, String name, PostgresServer server) {
        Moments moments = new Moments(name);
        Pair pair = WorkloadDatabase.create(sluice, name, Shapes.TEN);
        try (Workload workload = Workload.start(pair, Shapes.TEN)) {
            Task task = Task.started(pair, Shapes.SCHEMA);
            task.awaitLoading();
            moments.await(MOMENT);
            server.kill();
            server.start();
            task.awaitStreaming();
            workload.bigTransaction(50_000);
            for (int i = 0; i < Seed.times(1, 5); i++) {
                moments.await(MOMENT);
                server.stop();
                moments.await(AWAY);
                server.start();
                moments.await(MOMENT);
                server.kill();
                server.start();
            }
            workload.bigTransaction(50_000);
            task.awaitApplied(workload.stop());
            long rows = pair.assertEqual(Shapes.SCHEMA);
            task.awaitView(
                    "healthy",
                    view -> view.path("retrying").isMissingNode()
                            || view.path("retrying").isNull());
            Seed.say("%s: seed %d, %s, %,d rows equal".formatted(name, Seed.value(), workload, rows));
            task.end();
        }
    }
}
