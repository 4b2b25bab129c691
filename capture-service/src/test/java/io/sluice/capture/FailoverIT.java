package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A standby takes the source's place: what it has goes on, what it lacks is named. */
class FailoverIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory = Directories.temporary("failover");

    @Test
    void aStandbyGoesOnIfItHasTheSlotAndEveryCapturedChange() throws Exception {
        try (PostgresServer primary = server("primary").build().start();
                TestingTask task = new TestingTask(primary, List.of("t"), "CREATE TABLE t (id int PRIMARY KEY)")) {
            primary.execute("postgres", "SELECT pg_create_physical_replication_slot('standby')");
            try (TestingRun run = task.start();
                    TopicReader topic = new TopicReader(task.id)) {
                task.sql("INSERT INTO t VALUES (1)");
                topic.readTransaction();
                assertThat(run.ended()).isFalse();
            }
            primary.stop();
            copy("primary", "standby");
            // As with a base backup: slots are not copied but synchronised.
            Directories.delete(directory.resolve("standby/data/pg_replslot/" + Topics.slot(task.id)));
            Directories.delete(directory.resolve("standby/data/pg_replslot/standby"));
            primary.start();
            try (PostgresServer standby = standby("standby", primary).start()) {
                // The standby takes the slot over once it has moved on.
                TestingRun first = task.start();
                await().atMost(PATIENCE).until(() -> {
                    synchronise(primary, standby);
                    return !query(standby, confirmed(task)).equals("none");
                });
                first.stop();
                awaitSynchronised(task, primary, standby);
                standby.stop();
                copy("standby", "behind");

                try (TestingRun run = task.start();
                        TopicReader topic = new TopicReader(task.id)) {
                    task.sql("INSERT INTO t VALUES (2)");
                    topic.readTransaction();
                    topic.readTransaction();
                    assertThat(run.ended()).isFalse();
                }
                standby.start();
                awaitSynchronised(task, primary, standby);
                standby.stop();
                copy("standby", "slotless");
                primary.stop();

                try (PostgresServer behind = promoted("behind", primary)) {
                    assertFails(task, behind, "lacks changes");
                }
                try (PostgresServer slotless = promoted("slotless", primary)) {
                    slotless.execute("postgres", "SELECT pg_drop_replication_slot('" + Topics.slot(task.id) + "')");
                    assertFails(task, slotless, "failed over");
                }
                standby.start();
                standby.execute("postgres", "SELECT pg_promote()");
                task.moveTo(standby);
                TestingRun last = task.start();
                task.sql("INSERT INTO t VALUES (3)");
                try (TopicReader topic = new TopicReader(task.id)) {
                    for (String id : List.of("1", "2", "3")) {
                        RowChange change = (RowChange) topic.readTransaction().getFirst();
                        assertThat(change.after().value("id")).isEqualTo(id);
                    }
                }
                last.stop();
            }
        } finally {
            Directories.delete(directory);
        }
    }

    /** As by a snapshot of its volume: the same server and timeline, whose log goes on from an earlier place. */
    @Test
    void aSourceThatWasRestoredAndHasGoneOnIsNamed() throws Exception {
        try (PostgresServer source = server("source").build().start();
                TestingTask task = new TestingTask(source, List.of("t"), "CREATE TABLE t (id int PRIMARY KEY)")) {
            TestingRun first = task.start();
            first.stop();
            source.stop();
            copy("source", "restored");
            source.start();
            try (TestingRun run = task.start();
                    TopicReader topic = new TopicReader(task.id)) {
                task.sql("INSERT INTO t VALUES (1)");
                topic.readTransaction();
                assertThat(run.ended()).isFalse();
            }
            String end = query(source, "SELECT pg_current_wal_lsn()");
            source.stop();
            try (PostgresServer restored = server("restored").build().start()) {
                restored.execute(task.database, "INSERT INTO t SELECT generate_series(2, 20000)");
                assertThat(query(restored, "SELECT pg_current_wal_lsn() > '" + end + "'"))
                        .isEqualTo("t");
                assertFails(task, restored, "lacks changes");
            }
        } finally {
            Directories.delete(directory);
        }
    }

    private static void assertFails(TestingTask task, PostgresServer source, String words) {
        task.moveTo(source);
        SluiceException failure = new TestingRun(task.run()).failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.SLOT_LOST);
        assertThat(failure).hasMessageContaining(words);
    }

    private PostgresServer.Builder server(String name) {
        return PostgresServer.builder().directory(directory.resolve(name)).fsync(false);
    }

    private PostgresServer standby(String name, PostgresServer primary) throws Exception {
        Files.writeString(directory.resolve(name).resolve("data/standby.signal"), "");
        return server(name)
                .setting("hot_standby_feedback", "on")
                .setting("primary_slot_name", "standby")
                .setting(
                        "primary_conninfo",
                        "host=127.0.0.1 port=" + primary.port() + " dbname=postgres user=postgres password="
                                + primary.password())
                .build();
    }

    private PostgresServer promoted(String name, PostgresServer primary) throws Exception {
        PostgresServer server = standby(name, primary).start();
        server.execute("postgres", "SELECT pg_promote()");
        return server;
    }

    /** With its owner, whoever runs the server. */
    private void copy(String from, String to) throws Exception {
        Process copy = new ProcessBuilder(
                        "cp",
                        "-a",
                        directory.resolve(from).toString(),
                        directory.resolve(to).toString())
                .start();
        assertThat(copy.waitFor()).isZero();
        Files.deleteIfExists(directory.resolve(to).resolve("data/postmaster.pid"));
    }

    private static void awaitSynchronised(TestingTask task, PostgresServer primary, PostgresServer standby) {
        String end = query(primary, "SELECT pg_current_wal_lsn()");
        await().atMost(PATIENCE).until(() -> {
            synchronise(primary, standby);
            return "t".equals(query(standby, "SELECT pg_last_wal_replay_lsn() >= '" + end + "'"))
                    && query(primary, confirmed(task)).equals(query(standby, confirmed(task)));
        });
    }

    /** A slot moves on with what the log says of running transactions. */
    private static void synchronise(PostgresServer primary, PostgresServer standby) {
        primary.execute("postgres", "SELECT pg_log_standby_snapshot()");
        standby.execute("postgres", "SELECT pg_sync_replication_slots()");
    }

    private static String confirmed(TestingTask task) {
        return "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE NOT temporary AND slot_name = '"
                + Topics.slot(task.id) + "'";
    }

    private static String query(PostgresServer server, String sql) {
        try (Connection connection = server.connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "none";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
