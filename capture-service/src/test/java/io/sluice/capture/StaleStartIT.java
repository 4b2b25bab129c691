package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.capture.publish.ChangeTopic;
import io.sluice.capture.slot.FollowedTables;
import io.sluice.capture.slot.Publication;
import io.sluice.capture.slot.ReplicationSlot;
import io.sluice.capture.slot.Selection;
import io.sluice.capture.slot.SlotCheck;
import io.sluice.capture.slot.TopicEnd;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Credentials;
import io.sluice.postgres.Connections;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two instances make the first start of a task, and one of them sleeps in the middle of it while the other begins. */
class StaleStartIT {

    private TestingTask task;

    @BeforeEach
    void start() {
        task = new TestingTask(List.of("orders"), "CREATE TABLE orders (id bigint PRIMARY KEY)");
        // Left by a run that died before it had begun.
        task.sql("SELECT pg_create_logical_replication_slot('" + Topics.slot(task.id) + "', 'pgoutput')");
    }

    @AfterEach
    void end() {
        task.close();
    }

    @Test
    void whoHasSleptSinceItLookedRemovesNothingOfTheOneThatHasBegun() throws Exception {
        TopicEnd empty = new TopicEnd(true, false, null, null, 0, null);
        SluiceException failure = start(empty, () -> {
            task.start();
            return empty;
        });

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertCaptured();
    }

    @Test
    void whoTookTheTopicForEmptyFindsThatTheOtherHasBegun() throws Exception {
        TopicEnd empty = new TopicEnd(true, false, null, null, 0, null);
        task.start();
        SluiceException failure = start(empty, topic()::end);

        assertThat(failure.code()).isEqualTo(ErrorCode.SLOT_IN_USE);
        assertCaptured();
    }

    @Test
    void whoHasSleptLeavesNothingBehindOfATaskThatWasRemovedMeanwhile() throws Exception {
        TopicEnd empty = new TopicEnd(true, false, null, null, 0, null);
        SluiceException failure = start(empty, () -> {
            assertThat(task.cleaner().cleanSource()).isEmpty();
            return empty;
        });

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(task.query("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"))
                .isEqualTo("0");
        assertThat(task.query("SELECT count(*) FROM pg_publication")).isEqualTo("0");
    }

    /** The slot is made over another session than the rest. */
    @Test
    void whoHasSleptRightBeforeItMadeTheSlotLeavesNoneBehind() throws Exception {
        TopicEnd empty = new TopicEnd(true, false, null, null, 0, null);
        SluiceException failure = start(empty, () -> empty, true);

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(task.query("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"))
                .isEqualTo("0");
    }

    /** The task is removed between this instance's last question and its command to make the slot. */
    private Connection removedMeanwhile(Connection walSender) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(walSender, arguments);
                    if (method.getName().equals("createStatement")) {
                        assertThat(task.cleaner().cleanSource()).isEmpty();
                    }
                    return result;
                });
    }

    private ChangeTopic topic() {
        return new ChangeTopic(KafkaAccess.of(TestingServers.kafka().bootstrapServers()), task.id);
    }

    /** Why an instance does not begin that has looked at the topic, and looks once more. */
    private SluiceException start(TopicEnd seen, SlotCheck.Topic again) throws Exception {
        return start(seen, again, false);
    }

    private SluiceException start(TopicEnd seen, SlotCheck.Topic again, boolean removed) throws Exception {
        topic().ensure(Duration.ofDays(7));
        AtomicInteger opened = new AtomicInteger();
        try (Connections connections =
                        new Connections("source", task.endpoint(), Credentials.of(task.password()), "sluice-capture");
                Connection metadata = connections.openWritable(Duration.ofSeconds(20))) {
            SlotCheck check = new SlotCheck(
                    metadata,
                    // The first one asks for the source's history.
                    () -> removed && opened.incrementAndGet() > 1
                            ? removedMeanwhile(connections.openReplication())
                            : connections.openReplication(),
                    task.database,
                    new Publication(metadata, task.id),
                    new ReplicationSlot(metadata, task.id),
                    task.id);
            return catchThrowableOfType(
                    SluiceException.class,
                    () -> check.prepare(
                            Selection.ofStart(task.tables),
                            task.tables,
                            FollowedTables.read(metadata, task.tables),
                            Set.of(),
                            seen,
                            again,
                            false,
                            null));
        }
    }

    private void assertCaptured() {
        task.sql("INSERT INTO orders VALUES (1)");
        try (TopicReader topic = new TopicReader(task.id)) {
            RowChange change = (RowChange) topic.readTransaction().getFirst();
            assertThat(change.after().value("id")).isEqualTo("1");
        }
    }
}
