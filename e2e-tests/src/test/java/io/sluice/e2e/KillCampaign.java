package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * Kills one part of Sluice (SIGKILL) again and again, at random moments, the first of them
 * while the task starts, the next in the load and then in the stream, under the workload; in the end
 * every row and column of both sides must be the same. A supervisor would start the part again, so the campaign does.
 */
final class KillCampaign {
    private static final Duration START_MOMENT = Duration.ofSeconds(2);
    private static final Duration LOAD_MOMENT = Duration.ofSeconds(4);
    private static final Duration STREAM_MOMENT = Duration.ofSeconds(5);
    private static final int BIG_TRANSACTION = Seed.times(50_000, 200_000);

    private final Sluice sluice;
    private final Victim victim;
    private final String name;
    private final Moments moments;
    private final int lanes;
    private int killsInLoad;
    private int killsInStream;

    /** @param name of the database and the task, and what the moments depend on */
    KillCampaign(Sluice sluice, String name, Victim victim) {
        this(sluice, name, victim, 1);
    }

    /** @param lanes of the task */
    KillCampaign(Sluice sluice, String name, Victim victim, int lanes) {
        this.lanes = lanes;
        this.sluice = sluice;
        this.victim = victim;
        this.name = name;
        this.moments = new Moments(name);
    }

    void run() {
        long begin = System.nanoTime();
        int loadKills = Seed.times(2, 10);
        // Of the stream KillAnyIT kills more.
        int streamKills = Seed.times(1, 10);
        Pair pair = WorkloadDatabase.create(sluice, name, Shapes.TEN);
        Workload workload = Workload.start(pair, Shapes.TEN);
        try (workload) {
            Task task;
            try (Gate gate = Gate.shut(pair)) {
                task = started(pair);
                killAtAMoment(START_MOMENT);
                killsInLoad++;
                task.awaitState("FULL_SYNC");
                while (killsInLoad < loadKills) {
                    killAtAMoment(LOAD_MOMENT);
                    killsInLoad++;
                    assertThat(stateOnceThere(task)).isEqualTo("FULL_SYNC");
                }
                assertThat(gate).isNotNull();
            }
            task.awaitStreaming();
            CompletableFuture<Void> big = workload.bigTransactionBeside(BIG_TRANSACTION);
            while (killsInStream < streamKills) {
                killAtAMoment(STREAM_MOMENT);
                killsInStream++;
                workload.awaitMore();
            }
            big.join();
            task.awaitApplied(workload.stop());
            long rows = pair.assertEqual(Shapes.SCHEMA);
            task.end();
            Seed.say("%s: seed %d, %d kills in load, %d in stream, %s, %,d rows equal, %d s"
                    .formatted(
                            name,
                            Seed.value(),
                            killsInLoad,
                            killsInStream,
                            workload,
                            rows,
                            (System.nanoTime() - begin) / 1_000_000_000));
        }
    }

    private Task started(Pair pair) {
        ObjectNode spec = Task.spec(pair, Shapes.SCHEMA);
        spec.putObject("changes").put("lanes", lanes);
        Task task = Task.create(pair, spec);
        task.start();
        return task;
    }

    private void killAtAMoment(Duration within) {
        Duration moment = moments.await(within);
        victim.kill().run();
        Seed.say(String.format(Locale.ROOT, "%s: killed after %d ms", name, moment.toMillis()));
        victim.start().run();
    }

    private static String stateOnceThere(Task task) {
        return task.awaitView("there", view -> true).path("state").asText();
    }
}
