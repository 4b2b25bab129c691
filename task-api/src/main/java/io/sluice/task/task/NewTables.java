package io.sluice.task.task;

import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.OwnSchemas;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Tables of a source that a task's rules choose and that it does not have. */
final class NewTables {

    private NewTables() {}

    /** @param others of the source */
    record Found(List<TableName> tables, List<TableName> others) {

        /** All of the source but some of those that are new. */
        List<TableName> without(Collection<TableName> some) {
            List<TableName> rest = new ArrayList<>(others);
            tables.stream().filter(table -> !some.contains(table)).forEach(rest::add);
            return rest;
        }
    }

    /**
     * @param tables that can join together
     * @param unfit why each of the others cannot join with them
     */
    record Fit(List<TableDefinition> tables, Map<TableName, SluiceException> unfit) {}

    /**
     * Finds the tables that can join: all in one look as a rule; else those that cannot are found by halves, each half beside
     * what is known to fit, since two may want one place on the target. For {@code u} of {@code n} that cannot join it takes
     * about {@code 2 u log n} looks.
     *
     * @param judge what both databases say of some tables together; refuses them with a {@link SluiceException}
     * @throws SluiceException of the judge when a database is away, which says nothing of the tables
     */
    static Fit fit(List<TableName> tables, Function<List<TableName>, List<TableDefinition>> judge) {
        Search search = new Search(judge);
        search.add(tables);
        return new Fit(search.definitions, search.unfit);
    }

    private static final class Search {

        private final Function<List<TableName>, List<TableDefinition>> judge;
        private final Map<TableName, SluiceException> unfit = new LinkedHashMap<>();
        private List<TableName> names = List.of();
        private List<TableDefinition> definitions = List.of();

        Search(Function<List<TableName>, List<TableDefinition>> judge) {
            this.judge = judge;
        }

        void add(List<TableName> more) {
            List<TableName> together = new ArrayList<>(names);
            together.addAll(more);
            try {
                definitions = judge.apply(together);
                names = together;
            } catch (SluiceException e) {
                if (e.code().retry() == ErrorCode.Retry.CONNECTION) {
                    throw e;
                }
                if (more.size() == 1) {
                    unfit.put(more.getFirst(), e);
                } else {
                    add(more.subList(0, more.size() / 2));
                    add(more.subList(more.size() / 2, more.size()));
                }
            }
        }
    }

    /**
     * @param known tables of the task, and others to be passed over; so are tables of the task that were renamed
     * @throws SluiceException when the source cannot be asked
     */
    static Found look(String taskId, TaskSpec spec, Credentials credentials, Set<TableName> known) {
        try (Connections connections = new Connections("source", spec.source(), credentials, "sluice new tables");
                Connection connection = connections.open()) {
            List<TableName> present = new Catalog(connection).listTables();
            List<TableName> tables = new ArrayList<>(present);
            tables.removeIf(name -> known.contains(name) || !spec.chooses(name));
            if (!tables.isEmpty()) {
                tables.removeAll(parts(connection, tables));
                tables.removeAll(renamed(connection, taskId));
            }
            List<TableName> others = new ArrayList<>(present);
            others.removeAll(tables);
            return new Found(tables, others);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for new tables at the source");
        }
    }

    /**
     * Tables of the task that are called otherwise at the source by now: it hears of that in the stream of changes.
     *
     * @throws SluiceException when the source cannot be asked
     */
    static List<TableName> renamed(String taskId, TaskSpec spec, Credentials credentials) {
        try (Connections connections = new Connections("source", spec.source(), credentials, "sluice new tables");
                Connection connection = connections.open()) {
            return renamed(connection, taskId);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for renamed tables at the source");
        }
    }

    private static List<TableName> renamed(Connection source, String taskId) throws SQLException {
        String mirror = OwnSchemas.DDL + '.' + Identifier.quote(Topics.slot(taskId));
        List<TableName> renamed = new ArrayList<>();
        try (PreparedStatement there = source.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
            there.setString(1, mirror);
            try (ResultSet row = there.executeQuery()) {
                if (!row.next() || !row.getBoolean(1)) {
                    return renamed;
                }
            }
        }
        try (PreparedStatement statement =
                        source.prepareStatement("SELECT m.shape ->> 'schema', m.shape ->> 'name' FROM " + mirror
                                + " m WHERE m.oid <> 0 AND to_jsonb(m) -> 'names' <> '[]'");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                renamed.add(new TableName(row.getString(1), row.getString(2)));
            }
        }
        return renamed;
    }

    /** Partitions come with their root; a foreign table has no changes. */
    private static List<TableName> parts(Connection source, Collection<TableName> tables) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                WHERE c.relispartition OR c.relkind = 'f'""";
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            TableArrays.set(statement, 1, tables);
            List<TableName> parts = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    parts.add(new TableName(row.getString(1), row.getString(2)));
                }
            }
            return parts;
        }
    }
}
