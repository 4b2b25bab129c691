package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A broker that dies under the publisher: nothing is lost and nothing comes twice, whether the run outlives it or not. */
class KafkaRestartIT {

    @Test
    void whatWasCommittedWhileKafkaWasAwayArrivesOnce() {
        try (TestingTask task = new TestingTask(List.of("t"), "CREATE TABLE t (id int PRIMARY KEY)")) {
            TestingRun run = task.start();
            task.sql("INSERT INTO t VALUES (1)");
            try (TopicReader topic = new TopicReader(task.id)) {
                assertThat(id(topic)).isEqualTo("1");
                TestingServers.kafka().kill();
                task.sql("INSERT INTO t VALUES (2)");
                Lsn written = Lsn.parse(task.query("SELECT pg_current_wal_lsn()"));
                TestingServers.kafka().start();
                await().atMost(Duration.ofMinutes(2))
                        .until(() -> run.ended() || !written.isAfter(task.confirmedFlush()));
                if (run.ended()) {
                    assertThat(run.failure().code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
                    task.start();
                }
                task.sql("INSERT INTO t VALUES (3)");
                assertThat(id(topic)).isEqualTo("2");
                assertThat(id(topic)).isEqualTo("3");
            }
        }
    }

    private static String id(TopicReader topic) {
        return ((RowChange) topic.readTransaction().getFirst()).after().value("id");
    }
}
