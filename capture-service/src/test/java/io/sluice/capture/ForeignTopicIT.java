package io.sluice.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.capture.publish.ChangeTopic;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A change topic that was deleted, made again or emptied, or that somebody else writes to, is named, never gone on from. */
class ForeignTopicIT {

    private TestingTask task;

    @BeforeEach
    void start() {
        task = new TestingTask(List.of("orders"), "CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
    }

    @AfterEach
    void end() {
        task.close();
    }

    @Test
    void aTopicThatWasMadeAgainIsAGap() throws InterruptedException {
        runOnce();
        new ChangeTopic(KafkaAccess.of(TestingServers.kafka().bootstrapServers()), task.id).delete();
        assertFailsWith(ErrorCode.CHANGES_LOST, "made again");
    }

    /** By whoever writes to it next, where a broker makes topics that are missing. */
    @Test
    void aTopicThatWasMadeAgainAndHasRecordsIsAGap() throws Exception {
        runOnce();
        new ChangeTopic(KafkaAccess.of(TestingServers.kafka().bootstrapServers()), task.id).delete();
        makeTopic();
        send(task.confirmedFlush());
        assertFailsWith(ErrorCode.CHANGES_LOST, "made again");
    }

    @Test
    void aTopicThatIsMadeAgainUnderTheWriterIsAGap() throws Exception {
        TestingRun run = task.start();
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            admin.deleteTopics(List.of(Topics.changes(task.id))).all().get();
        }
        makeTopic();
        assertThat(run.failure().code()).isEqualTo(ErrorCode.CHANGES_LOST);
    }

    @Test
    void aHeartbeatOfLongAgoIsNotBelieved() throws Exception {
        runOnce();
        send(new Lsn(1));
        assertFailsWith(ErrorCode.CHANGE_UNREADABLE, "is behind");
    }

    /** At the latest with the next heartbeat, whatever was written. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "{\"status\":\"END\",\"id\":\"9:9\",\"event_count\":0,\"end_lsn\":\"0/9\",\"ts_ms\":1}"
            })
    void aRecordThatSomebodyElseWritesIsNoticed(String record) throws Exception {
        TestingRun run = task.start();
        write(record);
        SluiceException failure = run.failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.CHANGE_UNREADABLE);
        assertThat(failure).hasMessageContaining("somebody else").hasMessageContaining("Offset");
        // What is captured from then on keeps the source's log from growing; whoever reads stops at the record.
        task.sql("INSERT INTO orders VALUES (1)");
        String written = task.query("SELECT pg_current_wal_lsn()");
        task.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> task.confirmedFlush().compareTo(Lsn.parse(written)) >= 0);
    }

    /** One that is the last, when capture starts, would say where that goes on. */
    @Test
    void aLastRecordThatSomebodyElseHasWrittenIsNotGoneOnFrom() throws Exception {
        runOnce();
        String end = task.query("SELECT pg_current_wal_lsn()");
        write("{\"status\":\"END\",\"id\":\"9:" + Lsn.parse(end).value() + "\",\"event_count\":0,\"end_lsn\":\"" + end
                + "\",\"ts_ms\":1}");
        assertFailsWith(ErrorCode.CHANGE_UNREADABLE, "somebody else");
    }

    @Test
    void aTopicThatWasDeletedIsAGap() throws Exception {
        runOnce();
        deleteTopic();
        SluiceException failure = task.resumed().failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.CHANGES_LOST);
        assertThat(failure).hasMessageContaining("deleted").hasMessageContaining("reload");
    }

    @Test
    void aTopicThatWasEmptiedIsAGap() throws Exception {
        runOnce();
        TopicPartition partition = new TopicPartition(Topics.changes(task.id), 0);
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                    .all()
                    .get();
        }
        assertFailsWith(ErrorCode.CHANGES_LOST, "emptied");
    }

    private void deleteTopic() throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            admin.deleteTopics(List.of(Topics.changes(task.id))).all().get();
            await().until(() -> !admin.listTopics().names().get().contains(Topics.changes(task.id)));
        }
    }

    private void makeTopic() {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            // The old one goes in the background.
            await().ignoreExceptions().until(() -> {
                admin.createTopics(List.of(new NewTopic(Topics.changes(task.id), 1, (short) 1)))
                        .all()
                        .get();
                return true;
            });
        }
    }

    private void send(Lsn heartbeat) throws Exception {
        ByteSink sink = new ByteSink(256);
        new ChangeEncoder(task.database).heartbeat(sink, heartbeat, 1, 0, 1);
        write(sink.copyOf(0, sink.size()));
    }

    private void write(String record) throws Exception {
        write(record.getBytes(UTF_8));
    }

    private void write(byte[] record) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(Topics.changes(task.id), record)).get();
        }
    }

    private void runOnce() {
        try (TestingRun run = task.start();
                TopicReader topic = new TopicReader(task.id)) {
            task.sql("INSERT INTO orders VALUES (1)");
            topic.readTransaction();
            assertThat(run.endedWell()).isFalse();
        }
    }

    private void assertFailsWith(ErrorCode code, String words) {
        SluiceException failure = new TestingRun(task.run()).failure();
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).hasMessageContaining(words);
    }
}
