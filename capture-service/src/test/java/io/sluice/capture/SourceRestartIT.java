package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A source that goes down is let go at once, not held up by its reader, and read on when it is back. */
class SourceRestartIT {

    private static final Duration WHILE_THE_SERVER_WOULD_WAIT = Duration.ofSeconds(12);

    @Test
    void aRunEndsWithItsSourceAndTheNextGoesOn() throws Exception {
        try (PostgresServer server = PostgresServer.startTemporary();
                TestingTask task = new TestingTask(server, List.of("t"), "CREATE TABLE t (id int PRIMARY KEY)");
                TopicReader topic = afterFirstChange(task)) {
            TestingRun run = task.start();
            long began = System.nanoTime();
            server.stop();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(WHILE_THE_SERVER_WOULD_WAIT);
            assertThat(run.failure().code().retry()).isEqualTo(ErrorCode.Retry.CONNECTION);
            server.start();
            task.sql("INSERT INTO t VALUES (2)");
            TestingRun second = task.start();
            assertThat(((RowChange) topic.readTransaction().getFirst()).after().value("id"))
                    .isEqualTo("2");

            server.kill();
            assertThat(second.failure().code().retry()).isEqualTo(ErrorCode.Retry.CONNECTION);
            server.start();
            task.sql("INSERT INTO t VALUES (3)");
            task.start();
            assertThat(((RowChange) topic.readTransaction().getFirst()).after().value("id"))
                    .isEqualTo("3");
        }
    }

    private static TopicReader afterFirstChange(TestingTask task) {
        try (TestingRun first = task.start()) {
            task.sql("INSERT INTO t VALUES (1)");
            TopicReader topic = new TopicReader(task.id);
            topic.readTransaction();
            assertThat(first.endedWell()).isFalse();
            return topic;
        }
    }
}
