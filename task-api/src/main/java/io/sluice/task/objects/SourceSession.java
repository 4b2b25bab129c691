package io.sluice.task.objects;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.task.endpoint.EndpointProblems;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Opens a session on a task's source for one request; it cannot write. */
@ApplicationScoped
class SourceSession {

    private static final String SESSION = "SET default_transaction_read_only = on; SET statement_timeout = '30s'";

    private final SecretSeal seal;

    SourceSession(SecretSeal seal) {
        this.seal = seal;
    }

    /** What is read in the session. */
    @FunctionalInterface
    interface Reading<T> {
        T read(Connection connection) throws SQLException;
    }

    /** @throws SluiceException that names the field of the source which is to blame */
    <T> T read(String taskId, TaskSpec spec, Reading<T> reading) {
        try (Connections connections = new Connections(
                        "source",
                        spec.source(),
                        Credentials.of(spec.source(), secret -> seal.open(taskId, secret)),
                        "sluice source objects");
                Connection connection = connections.open()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(SESSION);
            }
            return reading.read(connection);
        } catch (SQLException e) {
            throw explained(PostgresErrors.explain(e, "reading the catalog of the source"));
        } catch (SluiceException e) {
            throw e.violations().isEmpty() ? explained(e) : e;
        }
    }

    private static SluiceException explained(SluiceException failure) {
        var violation = EndpointProblems.explain("source", failure);
        return new SluiceException(violation.message(), List.of(violation));
    }
}
