package io.sluice.task.endpoint;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Tries to reach a database; stores nothing. */
@ApplicationScoped
public class ConnectionTest {

    private static final String CONTEXT = "connection test";

    /** Together below ten seconds: somebody waits for the answer. */
    private static final Duration LOGIN = Duration.ofSeconds(7);

    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final SecretSeal seal;

    ConnectionTest(SecretSeal seal) {
        this.seal = seal;
    }

    /** @param role {@code source} or {@code target} */
    public Result run(String role, EndpointInput endpoint) {
        Endpoint sealed = endpoint.sealed(seal, CONTEXT);
        Credentials credentials = Credentials.of(sealed, secret -> seal.open(CONTEXT, secret));
        long begin = System.nanoTime();
        try (Connections connections = new Connections(role, sealed, credentials, "sluice connection test");
                Connection connection = connections.open(LOGIN)) {
            connection.setNetworkTimeout(Runnable::run, (int) ANSWER.toMillis());
            return reached(connection, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        } catch (SQLException e) {
            return Result.failed(PostgresErrors.explain(e, "asking the " + role + " for its version"));
        } catch (SluiceException e) {
            return Result.failed(e);
        }
    }

    private static Result reached(Connection connection, long latencyMillis) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            String version = first(statement, "SELECT current_setting('server_version')");
            // openGauss does not tell how a session is encrypted.
            boolean tells = first(statement, "SELECT 1 FROM pg_class WHERE relname = 'pg_stat_ssl'") != null;
            String tls = tells
                    ? first(statement, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
                    : null;
            return new Result(true, version, latencyMillis, tls, null);
        }
    }

    private static @Nullable String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /**
     * @param version as the server names it
     * @param latencyMillis from the first packet until logged in
     * @param tls the TLS version in use; null when the connection is not encrypted, or the server does not tell
     * @param problem why it is not reachable; null when it is
     */
    @Schema(name = "ConnectionTestResult")
    public record Result(
            boolean reachable,
            @Nullable String version,
            @Nullable Long latencyMillis,
            @Nullable String tls,
            @Nullable Problem problem) {

        static Result failed(SluiceException failure) {
            Violation violation = EndpointProblems.explain("endpoint", failure);
            Problem problem = new Problem(violation.code(), violation.message(), violation.field());
            return new Result(false, null, null, null, problem);
        }
    }

    /** @param field of the request that the problem points at */
    @Schema(name = "ConnectionProblem")
    public record Problem(ErrorCode code, String detail, String field) {}
}
