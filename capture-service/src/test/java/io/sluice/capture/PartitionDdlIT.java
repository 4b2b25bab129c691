package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.Partition;
import io.sluice.contracts.change.SourceObject.PartitionChange;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** They are no tables of the task; what becomes of them is told with the table that they are partitions of. */
class PartitionDdlIT extends StreamScenario {

    @BeforeEach
    void start() {
        stream(new TestingTask(
                        List.of("m"),
                        "CREATE TABLE m (at int, id int, PRIMARY KEY (at, id)) PARTITION BY RANGE (at)",
                        "CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM (1) TO (2)",
                        "CREATE TABLE m_2 (LIKE m INCLUDING ALL)")
                .withDdl());
    }

    @Test
    void onlyThoseAreToldThatHaveChanged() {
        task.sql("CREATE TABLE m_3 PARTITION OF m FOR VALUES FROM (3) TO (4) PARTITION BY LIST (id)");
        assertMade("m_3 of m by RANGE (at): FOR VALUES FROM (3) TO (4), LIST (id)");
        task.sql("CREATE TABLE m_3_a PARTITION OF m_3 FOR VALUES IN (7)");
        assertMade("m_3_a of m_3 by LIST (id): FOR VALUES IN (7), null");
        task.sql("ALTER TABLE m ATTACH PARTITION m_2 FOR VALUES FROM (2) TO (3)");
        assertMade("m_2 of m by RANGE (at): FOR VALUES FROM (2) TO (3), null");
        task.sql("ALTER TABLE m_2 RENAME TO m_two");
        PartitionChange renamed = only();
        assertThat(Objects.requireNonNull(renamed.before()).name()).isEqualTo("m_2");
        assertThat(Objects.requireNonNull(renamed.after()).name()).isEqualTo("m_two");
        task.sql("ALTER TABLE m DETACH PARTITION m_two");
        PartitionChange detached = only();
        assertThat(Objects.requireNonNull(detached.before()).name()).isEqualTo("m_two");
        assertThat(detached.after()).isNull();
        assertThat(detached.dropped()).isFalse();
        task.sql("DROP TABLE m_3");
        assertThat(told()).hasSize(2).allMatch(change -> change.after() == null && change.dropped());

        // Whatever else is done to one is none of the task's business.
        task.sql("CREATE INDEX ON m_1 (id)", "ALTER TABLE m ADD COLUMN v int");
        assertThat(told()).isEmpty();
    }

    /** Somebody may have a lock on another one, or on the whole, and wait for the one that a command is about. */
    @Test
    void noOtherPartitionIsLocked() throws Exception {
        task.sql("CREATE TABLE m_4 PARTITION OF m FOR VALUES FROM (4) TO (5)");
        told();
        try (Connection other = task.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE m_4; LOCK TABLE ONLY m");
            task.sql("SET lock_timeout = '2s'; ALTER TABLE m_1 RENAME TO m_one");
        }
        assertThat(Objects.requireNonNull(only().after()).name()).isEqualTo("m_one");
    }

    /** The second one must not bring back what the first one has noted. */
    @Test
    void twoCommandsAtOnceAreToldOfOnce() throws Exception {
        task.sql(
                "CREATE TABLE m_4 PARTITION OF m FOR VALUES FROM (4) TO (5)",
                "CREATE TABLE m_5 PARTITION OF m FOR VALUES FROM (5) TO (6)");
        told();
        told();
        try (Connection first = task.connect();
                Statement statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("ALTER TABLE m_1 RENAME TO m_one");
            Thread second = Thread.ofPlatform().start(() -> task.sql("ALTER TABLE m_4 RENAME TO m_four"));
            await().until(() -> task.query("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                            + " WHERE NOT granted AND a.datname = current_database()")
                    .equals("1"));
            first.commit();
            second.join();
        }
        assertThat(Objects.requireNonNull(only().after()).name()).isEqualTo("m_one");
        assertThat(Objects.requireNonNull(only().after()).name()).isEqualTo("m_four");
        task.sql("ALTER TABLE m_5 RENAME TO m_five");
        assertThat(Objects.requireNonNull(only().after()).name()).isEqualTo("m_five");
    }

    @Test
    void whatAnOlderVersionHasInstalledIsMadeAnew() {
        run.stop();
        String own = "_sluice_ddl." + Topics.slot(task.id);
        task.sql(
                "UPDATE " + own + " SET shape = shape - 'partitions'",
                "CREATE OR REPLACE FUNCTION " + own + "() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
                "COMMENT ON FUNCTION " + own + "() IS NULL");
        task.start();
        task.sql("CREATE TABLE m_5 PARTITION OF m FOR VALUES FROM (5) TO (6)");
        assertMade("m_5 of m by RANGE (at): FOR VALUES FROM (5) TO (6), null");
    }

    private void assertMade(String words) {
        PartitionChange change = only();
        assertThat(change.before()).isNull();
        Partition made = Objects.requireNonNull(change.after());
        assertThat("%s of %s by %s: %s, %s"
                        .formatted(made.name(), made.parent().name(), made.parentKey(), made.bound(), made.key()))
                .isEqualTo(words);
    }

    private PartitionChange only() {
        List<PartitionChange> told = told();
        assertThat(told).hasSize(1);
        return told.getFirst();
    }

    private List<PartitionChange> told() {
        Ddl ddl = (Ddl) topic.readTransaction().getFirst();
        assertThat(ddl.error()).isNull();
        SourceObject table = ddl.objects().stream()
                .filter(object -> object.name().equals("m"))
                .findFirst()
                .orElseThrow();
        return table.partitions();
    }
}
