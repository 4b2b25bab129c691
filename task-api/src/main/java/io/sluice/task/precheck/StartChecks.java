package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.task.endpoint.EndpointProblems;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Runs every check against the real databases, in sessions that cannot write. */
@ApplicationScoped
public class StartChecks {

    private static final String APPLICATION = "sluice start checks";
    private static final String SESSION = "SET default_transaction_read_only = on; SET statement_timeout = '60s'";

    private static final List<Check> SERVER_CHECKS = List.of(new WalSettingsCheck(), new ReplicationRightsCheck());
    private static final List<Check> TABLE_CHECKS =
            List.of(new TableKindCheck(), new TableKeyCheck(), new TableRightsCheck());
    private static final List<Check> TARGET_CHECKS =
            List.of(new TargetServerCheck(), new TargetRightsCheck(), new TargetTableCheck());

    /** The two ends of a task, with their secrets in clear. */
    public record Databases(
            Endpoint source, Credentials sourceCredentials, Endpoint target, Credentials targetCredentials) {}

    /**
     * @return the chosen tables, sorted by name
     * @throws SluiceException with everything that was found; the code of the first is the code of all
     */
    public List<TableDefinition> run(TaskSpec spec, Databases databases) {
        Findings findings = new Findings();
        Map<TableName, TableDefinition> tables = new TreeMap<>();
        try (Connections source = connections("source", databases.source(), databases.sourceCredentials());
                Connections target = connections("target", databases.target(), databases.targetCredentials());
                Session from = new Session(source);
                Session to = new Session(target)) {
            openBoth(from, to);
            from.report(findings);
            to.report(findings);
            SameDatabaseCheck.run(databases.source(), from.connection, databases.target(), to.connection, findings);
            if (from.connection != null) {
                tables.putAll(checkSource(spec, from.connection, findings));
            }
            if (to.connection != null) {
                Subject subject = new Subject(spec, to.connection, tables);
                TARGET_CHECKS.forEach(check -> run(check, "target", subject, findings));
            }
        }
        refuse(findings.all());
        return List.copyOf(tables.values());
    }

    private static Map<TableName, TableDefinition> checkSource(
            TaskSpec spec, Connection connection, Findings findings) {
        Findings own = new Findings();
        Subject server = new Subject(spec, connection, Map.of());
        run(new SourceServerCheck(), "source", server, own);
        Map<TableName, TableDefinition> tables = Map.of();
        // The catalogs of a version that is too old need not have what the other checks read.
        if (own.all().stream().noneMatch(finding -> finding.code() == ErrorCode.SOURCE_VERSION_UNSUPPORTED)) {
            SERVER_CHECKS.forEach(check -> run(check, "source", server, own));
            tables = select(spec, connection, own);
            Subject subject = new Subject(spec, connection, tables);
            TABLE_CHECKS.forEach(check -> run(check, "source", subject, own));
        }
        findings.addAll(own);
        return tables;
    }

    private static Map<TableName, TableDefinition> select(TaskSpec spec, Connection connection, Findings findings) {
        Findings own = new Findings();
        try {
            return Selection.find(spec, connection, own);
        } catch (SluiceException e) {
            own.add(EndpointProblems.explain("source", e));
            return Map.of();
        } finally {
            findings.addAll(own);
        }
    }

    /** A check that cannot be done has failed. */
    private static void run(Check check, String side, Subject subject, Findings findings) {
        try {
            check.run(subject, findings);
        } catch (SQLException e) {
            findings.add(EndpointProblems.explain(side, PostgresErrors.explain(e, "checking the " + side)));
        } catch (SluiceException e) {
            findings.add(EndpointProblems.explain(side, e));
        }
    }

    private static void openBoth(Session source, Session target) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = threads.submit(source::open);
            Future<?> second = threads.submit(target::open);
            first.get();
            second.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SluiceException(ErrorCode.INTERNAL, "the start checks were interrupted", e);
        } catch (ExecutionException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "the start checks could not connect", e.getCause());
        }
    }

    private static Connections connections(String what, Endpoint endpoint, Credentials credentials) {
        return new Connections(what, endpoint, credentials, APPLICATION);
    }

    private static void refuse(List<Violation> violations) {
        if (violations.isEmpty()) {
            return;
        }
        String first = violations.getFirst().message();
        throw new SluiceException(
                violations.size() == 1
                        ? first
                        : first + " And " + (violations.size() - 1) + " more; see violations. Nothing was changed.",
                violations);
    }

    /** One database, or why it cannot be reached. */
    private static final class Session implements AutoCloseable {

        private final Connections connections;
        private @Nullable Connection connection;
        private @Nullable Violation problem;

        Session(Connections connections) {
            this.connections = connections;
        }

        void open() {
            try {
                connection = connections.open();
                try (Statement statement = connection.createStatement()) {
                    statement.execute(SESSION);
                }
            } catch (SQLException e) {
                problem = EndpointProblems.explain(
                        connections.what(),
                        PostgresErrors.explain(e, "opening a session on the " + connections.what()));
            } catch (SluiceException e) {
                problem = EndpointProblems.explain(connections.what(), e);
            }
        }

        void report(Findings findings) {
            if (problem != null) {
                findings.add(problem);
            }
        }

        @Override
        public void close() {
            if (connection != null) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    // It is gone either way.
                    connection = null;
                }
            }
        }
    }
}
