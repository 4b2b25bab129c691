package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.localstack.SluiceStack;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One task under the workload, and in each round whoever the seed chooses dies at a random moment, in some rounds two at a time. All of
 * them come equally often. After each round source and target are compared while nobody writes.
 */
@EndToEnd
class KillAnyIT {
    private static final Duration MOMENT = Duration.ofSeconds(3);
    private static final Duration BETWEEN_TWO = Duration.ofSeconds(1);
    private static final int BIG_TRANSACTION = 10_000;

    @Test
    @Timeout(180 * 60)
    void losesNothingAndRepeatsNothingWhoeverDies(Sluice sluice) {
        long begin = System.nanoTime();
        Pair pair = WorkloadDatabase.create(sluice, "kill_any", Shapes.TEN);
        Moments moments = new Moments(pair.name());
        Dying dying = new Dying(victims(sluice), pair.name());
        int rounds = Seed.times(3, 50);
        try (Workload workload = Workload.start(pair, Shapes.TEN)) {
            Task task = Task.started(pair, Shapes.SCHEMA);
            task.awaitStreaming();
            for (int round = 1; round <= rounds; round++) {
                List<Victim> these = dying.next();
                CompletableFuture<Void> big = workload.bigTransactionBeside(BIG_TRANSACTION);
                Duration moment = killAndStart(these, moments);
                workload.awaitMore();
                big.join();
                long rows = workload.whileQuiet(() -> {
                    task.awaitZeroLag();
                    return pair.assertEqual(Shapes.SCHEMA);
                });
                Seed.say("kill any, round %d of %d: %s after %d ms, %,d rows equal"
                        .formatted(
                                round, rounds, these.stream().map(Victim::name).toList(), moment.toMillis(), rows));
            }
            task.awaitApplied(workload.stop());
            long rows = pair.assertEqual(Shapes.SCHEMA);
            assertThat(pair.askTarget("SELECT count(*) FROM app.notes")).isNotEqualTo("0");
            Seed.say("kill any: seed %d, %d rounds, killed %s, %s, %,d rows equal, %d s"
                    .formatted(
                            Seed.value(),
                            rounds,
                            dying.times,
                            workload,
                            rows,
                            (System.nanoTime() - begin) / 1_000_000_000));
            task.end();
        }
    }

    /** Who dies in which round, from the seed. */
    private static final class Dying {
        private final List<Victim> victims;
        private final Random random;
        private final Deque<Victim> next = new ArrayDeque<>();
        private final TreeMap<String, Integer> times = new TreeMap<>();

        Dying(List<Victim> victims, String purpose) {
            this.victims = victims;
            this.random = new Random(Seed.randomFor(purpose + " victims").nextLong());
        }

        /** One or two; in the order in which they can be started again. */
        List<Victim> next() {
            Set<Victim> these = new HashSet<>();
            do {
                if (next.isEmpty()) {
                    List<Victim> all = new ArrayList<>(victims);
                    Collections.shuffle(all, random);
                    next.addAll(all);
                }
                these.add(next.remove());
            } while (these.size() == 1 && random.nextInt(3) == 0);
            these.forEach(victim -> times.merge(victim.name(), 1, Integer::sum));
            return victims.stream().filter(these::contains).toList();
        }
    }

    private static Duration killAndStart(List<Victim> these, Moments moments) {
        Duration moment = moments.await(MOMENT);
        for (Victim victim : these) {
            victim.kill().run();
            if (these.size() > 1) {
                moments.await(BETWEEN_TWO);
            }
        }
        these.forEach(victim -> victim.start().run());
        return moment;
    }

    /** What others need to become ready comes first. */
    private static List<Victim> victims(Sluice sluice) {
        SluiceStack stack = sluice.stack();
        return List.of(
                Victim.of("source", sluice.source()),
                Victim.of("target", sluice.target()),
                Victim.of("configuration database", stack.configurationServer()),
                Victim.of(stack.kafka()),
                Victim.of(stack.taskApi()),
                Victim.of(sluice.capture()),
                Victim.of(sluice.apply()),
                Victim.of(stack.notifier()));
    }
}
