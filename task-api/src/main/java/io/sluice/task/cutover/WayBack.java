package io.sluice.task.cutover;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Finds the way back; where that hangs on columns of the source, these are read, outside of any transaction. */
@ApplicationScoped
class WayBack {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final SecretSeal seal;

    WayBack(SecretSeal seal) {
        this.seal = seal;
    }

    ReverseTask of(String taskId, CutoverTasks.Subject subject) {
        if (!ReverseTask.hangsOnColumns(subject.spec(), subject.tables())) {
            return ReverseTask.of(subject, Map.of());
        }
        Map<TableName, TableDefinition> sources;
        try {
            sources = read(taskId, subject.spec(), subject.tables());
        } catch (SluiceException e) {
            return new ReverseTask(
                    null, "It hangs on columns of the source, which cannot be read now: " + e.getMessage());
        }
        return ReverseTask.of(subject, sources);
    }

    private Map<TableName, TableDefinition> read(String taskId, TaskSpec spec, List<TableName> tables) {
        try (Connections connections = new Connections(
                        "source",
                        spec.source(),
                        Credentials.of(spec.source(), secret -> seal.open(taskId, secret)),
                        "sluice cutover");
                Connection connection = connections.open(PATIENCE);
                Statement statement = connection.createStatement()) {
            statement.execute("SET default_transaction_read_only = on; SET statement_timeout = '10s'");
            return new Catalog(connection).findTables(tables);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the columns of the source");
        }
    }
}
