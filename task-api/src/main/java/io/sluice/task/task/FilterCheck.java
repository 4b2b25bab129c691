package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.task.endpoint.EndpointProblems;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Lets the source judge row filters, by planning a query with each on the tables it is for: nothing is read, and the
 * session could not write. Only for filters in which {@link FilterRules} found nothing.
 */
final class FilterCheck {

    private static final String APPLICATION = "sluice filter check";
    private static final String SESSION = "SET default_transaction_read_only = on; SET statement_timeout = '5s'";
    private static final int MAXIMUM_TABLES = 200;
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private FilterCheck() {}

    static boolean isNeeded(TaskSpec spec) {
        return spec.choices().stream().anyMatch(choice -> choice.filter() != null);
    }

    /**
     * @param credentials of the source
     * @throws SluiceException {@code FILTER_REFUSED} or {@code NOTHING_SELECTED} with every filter that is not taken; the
     *     code of the connection's problem when the source cannot be asked
     */
    static void run(TaskSpec spec, Credentials credentials) {
        List<Violation> refused = new ArrayList<>();
        try (Connections connections = new Connections("source", spec.source(), credentials, APPLICATION);
                Connection connection = connections.open();
                Statement statement = connection.createStatement()) {
            statement.execute(SESSION);
            // Braces are no JDBC escapes here.
            statement.setEscapeProcessing(false);
            List<TableName> present = new Catalog(connection).listTables();
            long deadline = System.nanoTime() + LONGEST.toNanos();
            for (int i = 0; i < spec.choices().size(); i++) {
                TableChoice choice = spec.choices().get(i);
                if (choice.filter() != null) {
                    if (System.nanoTime() > deadline) {
                        throw new SluiceException(
                                ErrorCode.FILTER_REFUSED,
                                "The source took longer than " + LONGEST.toSeconds()
                                        + " s to plan the filters. Filter fewer tables, or try again later.");
                    }
                    String field = "objects.include[" + i + "].filter";
                    judge(spec, choice, present, statement)
                            .ifPresent(reason -> refused.add(new Violation(field, reason.code(), reason.message())));
                }
            }
        } catch (SQLException e) {
            throw unasked(PostgresErrors.explain(e, "checking the filters on the source"));
        } catch (SluiceException e) {
            throw unasked(e);
        }
        if (!refused.isEmpty()) {
            Violation first = refused.getFirst();
            throw new SluiceException(first.field() + " " + first.message(), refused);
        }
    }

    /** Why a filter is not taken. */
    private record Reason(ErrorCode code, String message) {}

    private static Optional<Reason> judge(
            TaskSpec spec, TableChoice choice, List<TableName> present, Statement statement) throws SQLException {
        List<TableName> tables = present.stream()
                .filter(name -> choice.pattern().matches(name)
                        && spec.exclude().stream().noneMatch(pattern -> pattern.matches(name)))
                .toList();
        if (tables.isEmpty()) {
            return Optional.of(new Reason(
                    ErrorCode.NOTHING_SELECTED,
                    "cannot be checked: the source has no table " + choice.schema() + "." + choice.table()
                            + ". Names are case-sensitive."));
        }
        if (tables.size() > MAXIMUM_TABLES) {
            return Optional.of(new Reason(
                    ErrorCode.FILTER_REFUSED,
                    "is for " + tables.size() + " tables; one filter can be for at most " + MAXIMUM_TABLES + "."));
        }
        for (TableName table : tables) {
            try {
                statement.execute(
                        "EXPLAIN SELECT FROM " + Identifier.quote(table) + " WHERE (" + choice.filter() + "\n)");
            } catch (SQLException e) {
                ServerErrorMessage server = e instanceof PSQLException known ? known.getServerErrorMessage() : null;
                if (server == null || PostgresErrors.classify(e).retry() == ErrorCode.Retry.CONNECTION) {
                    throw e;
                }
                return Optional.of(new Reason(
                        ErrorCode.FILTER_REFUSED,
                        "is not taken for " + table + ": " + server.getMessage()
                                + ". Functions and types outside of pg_catalog need their schema's name."));
            }
        }
        return Optional.empty();
    }

    private static SluiceException unasked(SluiceException failure) {
        Violation violation = EndpointProblems.explain("source", failure);
        return new SluiceException(
                "The filters cannot be checked, since the source cannot be asked. " + violation.message(),
                List.of(violation));
    }
}
