package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.BookkeepingSchema;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The SQL that a deletion names leaves nothing of its task on the target, and takes nothing from others. */
class LeftoversIT {

    private static final PostgresServer server = SharedServers.postgres();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final String target = databases.target();

    @BeforeEach
    void makeBookkeeping() throws SQLException {
        try (Connection connection = server.connect(target)) {
            connection.setAutoCommit(false);
            BookkeepingSchema.ensure(connection, TargetDialect.of(Dialect.POSTGRESQL));
            new Bookkeeping(databases.taskId(), 1, 0, TargetDialect.of(Dialect.POSTGRESQL))
                    .claim(connection, "test", false);
            connection.commit();
        }
    }

    @Test
    void whatIsNamedForATargetThatIsAwayLeavesNothingOfTheTask() {
        Endpoint real = databases.endpoint(target);
        Endpoint away = new Endpoint(real.host(), 1, target, real.username(), real.password(), Tls.DISABLED);
        server.execute(target, "INSERT INTO _sluice.task VALUES ('another', 1, '', 'LOADED', 0, '0/0')");

        List<Leftover> left = delete(away);

        assertThat(left).isNotEmpty();
        left.forEach(one -> server.execute(target, one.sql()));
        assertThat(databases.ask(target, "SELECT string_agg(task_id, ',') FROM _sluice.task"))
                .isEqualTo("another");
        server.execute(target, "DELETE FROM _sluice.task");
        left.forEach(one -> server.execute(target, one.sql()));
        assertThat(schemas()).isEqualTo("0");
    }

    /** The task that begins there is not committed yet, so a deletion cannot see it; it only finds the table locked. */
    @Test
    void aSchemaThatAnotherTaskIsAboutToUseStays() throws SQLException {
        List<Leftover> left;
        try (Connection other = server.connect(target);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("INSERT INTO _sluice.task VALUES ('another', 1, '', 'LOADED', 0, '0/0')");

            left = delete(databases.endpoint(target));

            assertThat(left).singleElement().satisfies(one -> {
                assertThat(one.what()).isEqualTo("the empty schema _sluice on the target");
                assertThat(one.sql()).isNotNull();
            });
            assertThatThrownBy(() -> server.execute(
                            target, "SET lock_timeout = '5s'", left.getFirst().sql()))
                    .as("nobody waits behind it")
                    .hasStackTraceContaining("could not obtain lock");
            other.commit();
        }
        server.execute(target, left.getFirst().sql());
        assertThat(databases.ask(target, "SELECT task_id FROM _sluice.task")).isEqualTo("another");
        server.execute(
                target,
                "DELETE FROM _sluice.task",
                left.getFirst().sql(),
                left.getFirst().sql());
        assertThat(schemas()).isEqualTo("0");
    }

    private String schemas() {
        return databases.ask(target, "SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice'");
    }

    private List<Leftover> delete(Endpoint endpoint) {
        TaskOrder run = databases.order(List.of(), SyncMode.FULL, ChangeChoice.DEFAULT);
        TaskOrder order = new TaskOrder(databases.taskId(), 1, Phase.DELETE, run.spec(), List.of(), Instant.EPOCH);
        try (Connections connections = new Connections("target", endpoint, new Secret(server.password()), "test")) {
            return TaskEnd.carryOut(order, connections, new TestingContext());
        }
    }
}
