package io.sluice.task.precheck.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Transactions that keep a slot from becoming usable; what is too old is given, since no test waits for minutes. */
class OldTransactionsCheckIT {

    private static final Endpoint NOWHERE =
            new Endpoint("nowhere", 1, "postgres", "postgres", new SealedSecret("v1:"), Tls.DISABLED);
    private static final TaskSpec SPEC = new TaskSpec(
            "test",
            SyncMode.FULL_AND_INCREMENTAL,
            NOWHERE,
            Dialect.POSTGRESQL,
            NOWHERE,
            List.of(),
            List.of(),
            1,
            new RetryWindows(10, 1),
            null);

    @Test
    void whatIsOpenForTooLongIsNamedAndEndedByTheFix() throws SQLException {
        try (PostgresServer server = PostgresServer.startTemporary();
                Connection looking = server.connect("postgres");
                Connection open = server.connect("postgres");
                Statement session = open.createStatement()) {
            open.setAutoCommit(false);
            session.execute("SELECT pg_backend_pid()");

            assertThat(look(looking, Duration.ofMinutes(5)).isEmpty()).isTrue();
            Finding found = look(looking, Duration.ZERO).all().getFirst();

            assertThat(found.result()).isEqualTo(Result.WARNING);
            assertThat(found.objects()).singleElement().asString().contains("of postgres, for 00:00:0");
            assertThat(found.fix()).startsWith("SELECT pg_terminate_backend(");
            server.execute("postgres", found.fix());
            // The session is told to end, and ends a moment later.
            await().until(() -> look(looking, Duration.ZERO).isEmpty());
        }
    }

    @Test
    void whatCannotBeSeenIsTold() throws SQLException {
        try (PostgresServer server = PostgresServer.startTemporary();
                Connection looking = server.connect("postgres");
                Connection open = server.connect("postgres");
                Statement session = open.createStatement();
                Statement role = looking.createStatement()) {
            open.setAutoCommit(false);
            session.execute("SELECT pg_backend_pid()");
            server.execute("postgres", "CREATE ROLE plain");
            role.execute("SET SESSION AUTHORIZATION plain");

            Finding found = look(looking, Duration.ZERO).all().getLast();

            assertThat(found.result()).isEqualTo(Result.WARNING);
            assertThat(found.field()).isEqualTo("source.username");
            assertThat(found.fix()).isEqualTo("GRANT pg_read_all_stats TO \"plain\";");
            server.execute("postgres", found.fix());
            assertThat(look(looking, Duration.ofMinutes(5)).isEmpty()).isTrue();
            assertThat(look(looking, Duration.ZERO).all().getLast().objects()).hasSize(1);
        }
    }

    private static Findings look(Connection looking, Duration age) throws SQLException {
        Findings findings = new Findings();
        new OldTransactionsCheck(age)
                .run(new Subject(SPEC, looking, null, new TreeMap<>(), new TreeMap<>(), null), findings);
        return findings;
    }
}
