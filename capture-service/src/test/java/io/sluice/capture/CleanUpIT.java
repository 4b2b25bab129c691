package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Tls;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** What a deletion cannot remove is named with the SQL that does it, and what it has removed stays away. */
class CleanUpIT {

    private TestingTask task;

    @BeforeEach
    void start() {
        task = new TestingTask(List.of("t"), "CREATE TABLE t (id int PRIMARY KEY)");
    }

    @AfterEach
    void end() {
        task.close();
    }

    @Test
    void aSourceThatIsAwayIsNamedWithAllThatIsThere() throws Exception {
        Endpoint real = task.endpoint();
        Endpoint away = new Endpoint(real.host(), 1, real.database(), real.username(), real.password(), Tls.DISABLED);
        List<Leftover> left = cleaner(away, "any").cleanSource();
        assertThat(left).hasSize(3).allSatisfy(one -> assertThat(one.reason()).contains(":1/"));
        assertThat(left)
                .extracting(Leftover::sql)
                .startsWith(
                        "SELECT pg_drop_replication_slot('" + Topics.slot(task.id) + "')",
                        "DROP PUBLICATION IF EXISTS \"" + Topics.publication(task.id) + "\"")
                .last()
                .asString()
                .contains(
                        "DROP EVENT TRIGGER", "DROP FUNCTION IF EXISTS _sluice_ddl.\"" + Topics.slot(task.id) + "\"()");
    }

    @Test
    void whoeverRunsAllThatIsNamedLeavesNothing() throws Exception {
        task.withDdl().start().stop();
        Endpoint real = task.endpoint();
        Endpoint away = new Endpoint(real.host(), 1, real.database(), real.username(), real.password(), Tls.DISABLED);
        task.sql("CREATE TABLE _sluice_ddl.another ()");

        List<Leftover> left = cleaner(away, "any").cleanSource();

        left.forEach(one -> task.sql(one.sql()));
        assertThat(found()).isEqualTo("0");
        assertThat(task.query("SELECT count(*) FROM pg_event_trigger")).isEqualTo("0");
        assertThat(task.query("SELECT string_agg(relname, ',') FROM pg_class"
                        + " WHERE relnamespace = '_sluice_ddl'::regnamespace"))
                .as("another task's")
                .isEqualTo("another");
        task.sql("DROP TABLE _sluice_ddl.another", left.getLast().sql());
        assertThat(task.query("SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice_ddl'"))
                .isEqualTo("0");
    }

    @Test
    void aSlotInTheHandsOfAnotherAndAMissingRightAreNamed() throws Exception {
        task.start().stop();
        String role = "weak_" + task.id.substring(0, 8);
        task.sql("CREATE ROLE " + role + " LOGIN REPLICATION PASSWORD 'p'");
        Endpoint real = task.endpoint();
        Endpoint weak = new Endpoint(real.host(), real.port(), real.database(), role, real.password(), Tls.DISABLED);
        List<Leftover> left;
        try (Connections connections = new Connections("source", real, task.password(), "another reader");
                Connection connection = connections.openReplication();
                PGReplicationStream stream = read(connection)) {
            left = cleaner(weak, "p").cleanSource();
            assertThat(stream.isClosed()).isFalse();
        }
        assertThat(left).hasSize(2);
        assertThat(left.getFirst().reason()).contains("is being read by process");
        assertThat(left.getLast().reason()).contains("must be owner of publication");
        // Whoever runs the SQL that was named leaves nothing.
        await().until(() -> "0"
                .equals(task.query("SELECT count(*) FROM pg_replication_slots WHERE active AND" + " slot_name = '"
                        + Topics.slot(task.id) + "'")));
        left.forEach(one -> task.sql(one.sql()));
        assertThat(found()).isEqualTo("0");
        task.sql("DROP ROLE " + role);
    }

    @Test
    void aRunThatComesAfterTheDeletionMakesNothing() throws Exception {
        TestingRun old = task.start();
        assertThat(task.cleaner().cleanSource()).isEmpty();
        assertThat(task.cleaner().cleanTopic()).isEmpty();
        old.stop();
        assertThatThrownBy(() -> task.run().run(new TestingContext(), true))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHANGES_LOST));
        assertThat(found()).isEqualTo("0");
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", TestingServers.kafka().bootstrapServers()))) {
            assertThat(admin.listTopics().names().get()).doesNotContain(Topics.changes(task.id));
        }
    }

    private CaptureCleaner cleaner(Endpoint endpoint, String password) {
        return new CaptureCleaner(
                task.id,
                endpoint,
                Credentials.of(new Secret(password)),
                KafkaAccess.of(TestingServers.kafka().bootstrapServers()),
                true);
    }

    private PGReplicationStream read(Connection connection) throws Exception {
        return connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(Topics.slot(task.id))
                .withSlotOption("proto_version", 1)
                .withSlotOption("publication_names", Topics.publication(task.id))
                .start();
    }

    private String found() {
        return String.valueOf(task.query("SELECT (SELECT count(*) FROM pg_replication_slots WHERE slot_name = '"
                + Topics.slot(task.id) + "') + (SELECT count(*) FROM pg_publication WHERE pubname = '"
                + Topics.publication(task.id) + "')"));
    }
}
