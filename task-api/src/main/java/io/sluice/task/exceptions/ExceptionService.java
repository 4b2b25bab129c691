package io.sluice.task.exceptions;

import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SessionLimits;
import io.sluice.task.endpoint.EndpointProblems;
import io.sluice.task.life.TaskAction;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Opens a task's target for one request, as what it has refused is kept there and nowhere else. */
@ApplicationScoped
class ExceptionService {

    private static final String SESSION = "SET statement_timeout = '30s'; " + SessionLimits.lockWaits("5s");

    private final ExceptionTasks tasks;
    private final SecretSeal seal;

    ExceptionService(ExceptionTasks tasks, SecretSeal seal) {
        this.tasks = tasks;
        this.seal = seal;
    }

    Page<ExceptionView> page(String id, @Nullable String state, PageRequest request) {
        return onTarget(id, tasks.loadSpec(id), target -> new ExceptionStore(target, id).page(state, request));
    }

    Page<StructureObject> objects(String id, @Nullable String state, PageRequest request) {
        return onTarget(id, tasks.loadSpec(id), target -> new StructureStore(target, id).page(state, request));
    }

    /** @param action {@code RETRY_EXCEPTION} or {@code SKIP_EXCEPTION} */
    ExceptionView ask(String id, long number, TaskAction action) {
        String wish = action == TaskAction.RETRY_EXCEPTION ? "RETRY" : "SKIP";
        ExceptionView asked =
                onTarget(id, tasks.loadSpec(id, action), target -> new ExceptionStore(target, id).ask(number, wish));
        tasks.noteUserAction(id, wish.toLowerCase(Locale.ROOT) + " of exception " + number);
        return asked;
    }

    /** What is asked of the target. */
    @FunctionalInterface
    private interface Question<T> {
        T of(Connection target) throws SQLException;
    }

    /** @throws SluiceException that names the field of the target which is to blame */
    private <T> T onTarget(String taskId, TaskSpec spec, Question<T> question) {
        try (Connections connections = new Connections(
                        "target",
                        spec.target(),
                        Credentials.of(spec.target(), secret -> seal.open(taskId, secret)),
                        "sluice exceptions");
                Connection connection = open(connections)) {
            return question.of(connection);
        } catch (SQLException e) {
            throw explained(PostgresErrors.explain(e, "reading the exceptions on the target"));
        }
    }

    private static Connection open(Connections connections) throws SQLException {
        try {
            Connection connection = connections.open();
            try (Statement statement = connection.createStatement()) {
                statement.execute(SESSION);
            }
            return connection;
        } catch (SluiceException e) {
            throw e.violations().isEmpty() ? explained(e) : e;
        }
    }

    private static SluiceException explained(SluiceException failure) {
        var violation = EndpointProblems.explain("target", failure);
        return new SluiceException(violation.message(), List.of(violation));
    }
}
