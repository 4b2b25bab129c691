package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Changes are judged by the target, over values of the source's types: it must take the filter too. */
final class TargetFilter {

    /** Functions and types of a user's schema are made there, but not yet. */
    private static final Set<String> NOT_YET = Set.of("3F000", "42704");

    private static final Pattern OWN_FUNCTION = Pattern.compile("function [^( ]+\\.");

    private TargetFilter() {}

    static void judge(Connection target, TableDefinition table, String filter, Findings findings) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.setEscapeProcessing(false);
            List<ColumnDefinition> known = table.columns().stream()
                    .filter(ColumnDefinition::builtInType)
                    .toList();
            statement.execute("SELECT (" + filter + "\n) FROM (SELECT 1 AS \"sluice place\""
                    + table.columns().stream()
                            .map(column -> ", NULL::" + (known.contains(column) ? column.castType() : "text") + " AS "
                                    + Identifier.quote(column.name()))
                            .collect(Collectors.joining())
                    + ") AS " + Identifier.quote(table.name().table()) + " LIMIT 0");
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            String message = String.valueOf(e.getMessage());
            boolean allBuiltIn = table.columns().stream().allMatch(ColumnDefinition::builtInType);
            if (!allBuiltIn
                    || NOT_YET.contains(state)
                    || OWN_FUNCTION.matcher(message).find()) {
                return;
            }
            if (!state.startsWith("42") || state.equals("42501")) {
                throw e;
            }
            findings.fail(
                    "objects.include",
                    ErrorCode.FILTER_REFUSED,
                    "The target, which judges the changes, does not take the filter of " + table.name() + ": " + message
                            + ". Write it so that both servers take it.",
                    "",
                    List.of(table.name()));
        }
    }
}
