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
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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

    /** Built-in functions that are not IMMUTABLE only because they follow settings, which are alike in all our sessions. */
    private static final String FOLLOW_SETTINGS = """
            array_to_json array_to_string concat concat_ws convert convert_from convert_to date date_add date_part
            date_subtract date_trunc extract format json_build_array json_build_object json_to_tsvector jsonb_build_array
            jsonb_build_object jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_array_tz
            jsonb_path_query_first_tz jsonb_to_tsvector length make_timestamptz money numeric overlaps phraseto_tsquery
            plainto_tsquery quote_literal quote_nullable row_to_json time timestamp timestamptz timetz timezone to_char
            to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector websearch_to_tsquery xml
            xml_is_well_formed""";

    /** SQLSTATE invalid_datetime_format. */
    private static final String NO_DATE = "22007";

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
                .filter(name -> choice.pattern().matches(name) && spec.chooses(name))
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
        // Before it is planned: the planner calls some functions to see what comes out.
        List<String> unfit = unfit(String.valueOf(choice.filter()), statement.getConnection());
        if (!unfit.isEmpty()) {
            return Optional.of(new Reason(
                    ErrorCode.FILTER_REFUSED,
                    "calls " + String.join(", ", unfit) + ", which the source does not have as IMMUTABLE: whether a row"
                            + " is within must hang on the row alone, else load and changes disagree."));
        }
        String filter = String.valueOf(choice.filter());
        String replaced = FilterMoments.replaced(filter);
        for (TableName table : tables) {
            Optional<Refusal> error = plan(table, filter, statement);
            if (error.isPresent()) {
                return Optional.of(new Reason(
                        ErrorCode.FILTER_REFUSED,
                        "is not taken for " + table + ": " + error.get().message()
                                + ". Functions and types outside of pg_catalog need their schema's name."));
            }
            if (!replaced.equals(filter)
                    && plan(table, replaced, statement)
                            .filter(other -> other.sqlState().equals(NO_DATE))
                            .isPresent()) {
                return Optional.of(new Reason(
                        ErrorCode.FILTER_REFUSED,
                        "compares dates or times of " + table
                                + " with 'now', 'today', 'tomorrow' or 'yesterday', which is"
                                + " another value each time: load and changes would disagree. Write the date or time"
                                + " itself."));
            }
        }
        return Optional.empty();
    }

    /** What the source has against a filter. */
    private record Refusal(String sqlState, String message) {}

    private static Optional<Refusal> plan(TableName table, String filter, Statement statement) throws SQLException {
        try {
            statement.execute("EXPLAIN SELECT FROM " + Identifier.quote(table) + " WHERE (" + filter + "\n)");
            return Optional.empty();
        } catch (SQLException e) {
            ServerErrorMessage server = e instanceof PSQLException known ? known.getServerErrorMessage() : null;
            if (server == null || PostgresErrors.classify(e).retry() == ErrorCode.Retry.CONNECTION) {
                throw e;
            }
            return Optional.of(new Refusal(String.valueOf(server.getSQLState()), String.valueOf(server.getMessage())));
        }
    }

    private static List<String> unfit(String filter, Connection source) throws SQLException {
        String sql = """
                SELECT p.provolatile = 'v' OR n.nspname <> 'pg_catalog' OR p.proname <> ALL (?)
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = ? AND p.proname = ? AND p.provolatile <> 'i'
                ORDER BY 1 DESC LIMIT 1
                """;
        List<String> unfit = new ArrayList<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(1, source.createArrayOf("text", FOLLOW_SETTINGS.split("\\s+")));
            for (FilterCalls.Call call : FilterCalls.of(filter)) {
                statement.setString(2, call.schema());
                statement.setString(3, call.name());
                try (ResultSet row = statement.executeQuery()) {
                    if (row.next() && row.getBoolean(1)) {
                        unfit.add(call.toString());
                    }
                }
            }
        }
        return unfit;
    }

    private static SluiceException unasked(SluiceException failure) {
        Violation violation = EndpointProblems.explain("source", failure);
        return new SluiceException(
                "The filters cannot be checked, since the source cannot be asked. " + violation.message(),
                List.of(violation));
    }
}
