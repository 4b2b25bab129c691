package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * A streamed UPDATE or DELETE shows of the old row only its replica identity: whether that row was within the filter can
 * be told only when the filter needs no other column. PostgreSQL itself is asked, by planning the filter over a row type
 * that has nothing else; nothing is read. The target, which judges the changes, is asked too.
 */
final class FilterColumnsCheck implements Check {

    private static final String UNDEFINED_COLUMN = "42703";
    private static final String UNDEFINED_TABLE = "42P01";

    @Override
    public About about() {
        return About.both("filter-columns", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        List<TableDefinition> filtered = subject.tables().values().stream()
                .filter(table -> subject.mapping(table.name()).filter() != null)
                .toList();
        if (!subject.streams() || filtered.isEmpty()) {
            return;
        }
        SortedMap<TableName, List<TableDefinition>> leaves = Leaves.of(subject);
        List<Operation> operations = subject.spec().changes().operations();
        boolean old = operations.contains(Operation.UPDATE) || operations.contains(Operation.DELETE);
        try (Statement statement = subject.source().connection().createStatement()) {
            // Braces are no JDBC escapes here.
            statement.setEscapeProcessing(false);
            for (TableDefinition table : filtered) {
                String filter = String.valueOf(subject.mapping(table.name()).filter());
                List<String> shown = old ? shown(table, leaves.getOrDefault(table.name(), List.of())) : carried(table);
                if (!shown.isEmpty()) {
                    Trial trial = new Trial(statement, table.name(), filter);
                    if (judge(trial, table, shown, findings)) {
                        TargetFilter.judge(subject.target().connection(), table, filter, findings);
                    }
                }
            }
        }
    }

    /** What the stream shows of an old row; nothing where other checks find that rows cannot be identified. */
    private static List<String> shown(TableDefinition table, List<TableDefinition> leaves) {
        List<String> shown = new ArrayList<>(whole(table) ? carried(table) : table.identityColumns());
        leaves.forEach(leaf -> shown.retainAll(whole(leaf) ? carried(leaf) : leaf.identityColumns()));
        return shown;
    }

    private static boolean whole(TableDefinition table) {
        return table.replicaIdentity() == ReplicaIdentity.FULL;
    }

    /** Generated columns are not streamed. */
    private static List<String> carried(TableDefinition table) {
        return table.writableColumns().stream().map(ColumnDefinition::name).toList();
    }

    /** Whether changes can be judged. */
    private static boolean judge(Trial trial, TableDefinition table, List<String> shown, Findings findings)
            throws SQLException {
        List<String> all = table.columns().stream().map(ColumnDefinition::name).toList();
        String state = trial.state(table.name().table(), shown);
        if (state.isEmpty()) {
            // The name of the table alone stands for its whole row.
            if (trial.state("sluice row of " + table.name().table(), shown).equals(UNDEFINED_COLUMN)) {
                outside(table, all, shown, findings);
                return false;
            }
            return true;
        }
        String whole = trial.state(table.name().table(), all);
        if (whole.equals(UNDEFINED_TABLE)) {
            findings.fail(
                    "objects.include",
                    ErrorCode.FILTER_REFUSED,
                    "The filter of " + table.name() + " names columns with their schema, which cannot be judged on"
                            + " changes: write the columns alone.",
                    "",
                    List.of(table.name()));
            return false;
        }
        if (!whole.isEmpty()) {
            outside(table, List.of(), shown, findings);
            return false;
        }
        List<String> used = trial.used(table.name().table(), all).stream()
                .filter(column -> !shown.contains(column))
                .toList();
        outside(table, used, shown, findings);
        return false;
    }

    private static void outside(TableDefinition table, List<String> columns, List<String> shown, Findings findings) {
        // Old rows would show no more even if the source wrote the whole of them.
        boolean full = columns.isEmpty() || carried(table).stream().noneMatch(columns::contains);
        findings.fail(
                "objects.include",
                ErrorCode.FILTER_REFUSED,
                "The filter of " + table.name() + " uses "
                        + (columns.isEmpty() ? "system columns" : Findings.list(columns)) + ", which "
                        + (full ? "no change carries" : "changes do not show of the old row")
                        + ", so that " + (full ? "changes" : "updates and deletes")
                        + " could not be judged. Filter by " + Findings.list(shown)
                        + (full ? "." : ", or let the source write whole old rows to its WAL."),
                full ? "" : "ALTER TABLE " + Identifier.quote(table.name()) + " REPLICA IDENTITY FULL;",
                columns.stream().map(column -> table.name() + "." + column).toList());
    }

    /** Plans one filter over rows of some columns. */
    private record Trial(Statement statement, TableName table, String filter) {

        /** The SQLSTATE of what PostgreSQL has against it; empty when nothing. */
        String state(String alias, Collection<String> columns) throws SQLException {
            String row = columns.stream().map(Identifier::quote).collect(Collectors.joining(", "));
            try {
                statement.execute("EXPLAIN SELECT FROM (SELECT " + row + " FROM " + Identifier.quote(table) + ") AS "
                        + Identifier.quote(alias) + " WHERE (" + filter + "\n)");
                return "";
            } catch (SQLException e) {
                String state = String.valueOf(e.getSQLState());
                // What is wrong with names and types is an answer; a lost connection or a lack of rights is none.
                if (!state.startsWith("42") || state.equals("42501")) {
                    throw e;
                }
                return state;
            }
        }

        /** The columns without which the filter makes no sense. */
        List<String> used(String alias, List<String> all) throws SQLException {
            List<String> used = new ArrayList<>();
            for (String column : all) {
                List<String> others =
                        all.stream().filter(other -> !other.equals(column)).toList();
                if (!state(alias, others).isEmpty()) {
                    used.add(column);
                }
            }
            return used;
        }
    }
}
