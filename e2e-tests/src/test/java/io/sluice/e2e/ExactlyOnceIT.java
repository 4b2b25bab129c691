package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

@EndToEnd
class ExactlyOnceIT {
    private static final Duration MOMENT = Duration.ofSeconds(4);
    private static final Duration POLL = Duration.ofMillis(100);

    @Test
    void aReaderOfTheChangeTopicSeesEveryChangeOnceAndInCommitOrderAcrossKillsOfCapture(Sluice sluice)
            throws Exception {
        Pair pair = WorkloadDatabase.create(sluice, "exactly_once");
        Moments moments = new Moments(pair.name());
        Task task = Task.started(pair, Shapes.SCHEMA);
        task.awaitStreaming();
        ChangeLog.keep(pair);
        AtomicBoolean complete = new AtomicBoolean();
        FutureTask<ChangeLog> reading = new FutureTask<>(() -> read(sluice, Topics.changesOf(task), complete));
        Thread.ofPlatform().start(reading);
        int kills = Seed.times(5, 25);
        try (Workload workload = Workload.start(pair)) {
            for (int i = 0; i < kills; i++) {
                CompletableFuture<Void> big = workload.bigTransactionBeside(30_000);
                moments.await(MOMENT);
                sluice.capture().kill();
                sluice.capture().start();
                big.join();
                workload.awaitMore();
            }
            task.awaitApplied(workload.stop());
            complete.set(true);

            List<String> seen = reading.get().lines();
            List<String> happened = ChangeLog.ofSource(pair);

            assertThat(ChangeLog.difference(happened, seen)).isEmpty();
            assertThat(happened).hasSizeGreaterThan(kills * 30_000);
            noticesWhatIsLostDoubledOrOutOfOrder(happened);
            pair.assertEqual(Shapes.SCHEMA);
            Seed.say("exactly once: seed %d, %d kills, %s, %,d changes seen once and in order"
                    .formatted(Seed.value(), kills, workload, seen.size()));
        }
        task.end();
    }

    private static ChangeLog read(Sluice sluice, String topic, AtomicBoolean complete) {
        ChangeLog log = new ChangeLog();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = Topics.consumer(sluice, "read_committed")) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            boolean last = false;
            while (!last) {
                last = complete.get()
                        && consumer.position(partition)
                                >= consumer.endOffsets(List.of(partition)).get(partition);
                consumer.poll(POLL).forEach(change -> log.add(change.value()));
            }
        }
        return log;
    }

    private static void noticesWhatIsLostDoubledOrOutOfOrder(List<String> happened) {
        int middle = happened.size() / 2;
        List<String> lost = new ArrayList<>(happened);
        lost.remove(middle);
        assertThat(ChangeLog.difference(happened, lost)).isNotEmpty();
        List<String> doubled = new ArrayList<>(happened);
        doubled.add(middle, happened.get(middle));
        assertThat(ChangeLog.difference(happened, doubled)).isNotEmpty();
        List<String> swapped = new ArrayList<>(happened);
        Collections.swap(swapped, 0, happened.size() - 1);
        assertThat(ChangeLog.difference(happened, swapped)).isNotEmpty();
        assertThat(ChangeLog.difference(happened, happened.subList(0, happened.size() - 1)))
                .isNotEmpty();
    }
}
