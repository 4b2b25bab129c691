package io.sluice.e2e;

import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A number for the contents of all tables: the sum of a hash of each row. Triggers at the source keep what each transaction adds to it in
 * that transaction's row of app.log, so whatever set of transactions a target shows, its rows must come to the first sum plus what
 * these transactions have added.
 */
final class StateDigest {

    /** Of it only what no command changes. */
    private static final String CHANGING = "app.changing";

    /** Besides the shapes, the table of big transactions and the one that commands change. */
    private static final List<String> TABLES = Stream.concat(
                    Shapes.TEN.stream().map(Shape::name), Stream.of("app.bulk", CHANGING))
            .toList();

    /** SQLSTATE lock_not_available. */
    private static final String LOCKED = "55P03";

    private static final List<String> SAME_TEXT = List.of(
            "DateStyle = 'ISO'",
            "IntervalStyle = 'postgres'",
            "TimeZone = 'UTC'",
            "extra_float_digits = 3",
            "bytea_output = 'hex'");

    private static final String SUMS = TABLES.stream()
            .map(table ->
                    "SELECT '%1$s' AS name, coalesce(sum(hashtextextended('%1$s' || (%3$s)::text, 0)), 0)::text AS s FROM %2$s t"
                            .formatted(table.replace("'", "''"), table, row(table, "t")))
            .collect(Collectors.joining(" UNION ALL ", "SELECT json_object_agg(name, s)::text FROM (", ") AS sums"));

    private StateDigest() {}

    private static String row(String table, String name) {
        return table.equals(CHANGING) ? "ROW(" + name + ".id, " + name + ".n)" : name;
    }

    /**
     * What a target showed in one snapshot.
     *
     * @param sums of its rows, by table
     * @param added by the transactions that it showed, by table
     * @param transactions that it showed, by the lower 32 bits of their ids, in no order
     */
    record State(Map<String, BigDecimal> sums, Map<String, BigDecimal> added, List<Long> transactions) {

        /** The tables whose rows are not what the transactions have made of those that were there first. */
        List<String> tablesOutOfStep(State first) {
            return TABLES.stream()
                    .filter(table ->
                            of(sums, table).compareTo(of(first.sums, table).add(of(added, table))) != 0)
                    .toList();
        }

        private static BigDecimal of(Map<String, BigDecimal> numbers, String table) {
            return numbers.getOrDefault(table, BigDecimal.ZERO);
        }
    }

    /** What the source needs for it, once the tables are there. */
    static List<String> ddl() {
        List<String> ddl =
                new ArrayList<>(List.of(function("app.digest", ""), function("app.digest_of_some", CHANGING)));
        for (String table : TABLES) {
            String function = table.equals(CHANGING) ? "app.digest_of_some" : "app.digest";
            String argument = "'" + table.replace("'", "''") + "'";
            ddl.add("CREATE TRIGGER digest AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s(%s)"
                    .formatted(table, function, argument));
            ddl.add("CREATE TRIGGER digest_all BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s(%s)"
                    .formatted(table, function, argument));
        }
        ddl.add("""
                ALTER TABLE app.log ADD COLUMN added jsonb NOT NULL
                    DEFAULT coalesce(nullif(current_setting('app.added', true), ''), '{}')::jsonb""");
        return ddl;
    }

    private static String function(String name, String table) {
        String settings = SAME_TEXT.stream().map(setting -> " SET " + setting).collect(Collectors.joining());
        return """
                CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql%s AS $$
                DECLARE
                    added numeric := 0;
                    every jsonb := coalesce(nullif(current_setting('app.added', true), ''), '{}')::jsonb;
                BEGIN
                    IF TG_OP = 'TRUNCATE' THEN
                        EXECUTE format('SELECT -coalesce(sum(hashtextextended(%%L || (%s)::text, 0)), 0) FROM %%s t', TG_ARGV[0], TG_ARGV[0])
                            INTO added;
                    END IF;
                    IF TG_OP IN ('UPDATE', 'DELETE') THEN
                        added := added - hashtextextended(TG_ARGV[0] || (%s)::text, 0);
                    END IF;
                    IF TG_OP IN ('INSERT', 'UPDATE') THEN
                        added := added + hashtextextended(TG_ARGV[0] || (%s)::text, 0);
                    END IF;
                    added := added + coalesce(every ->> TG_ARGV[0], '0')::numeric;
                    PERFORM set_config('app.added', (every || jsonb_build_object(TG_ARGV[0], added))::text, true);
                    RETURN NULL;
                END $$""".formatted(name, settings, row(table, "t"), row(table, "OLD"), row(table, "NEW"));
    }

    /** The contents now. */
    static State look(PostgresServer server, String database) {
        try (Connection connection = open(server, database)) {
            return look(connection);
        } catch (SQLException e) {
            throw new IllegalStateException("summing up " + database + ": " + e.getMessage(), e);
        }
    }

    /** A connection for {@link #lookUnlessLocked}. */
    static Connection open(PostgresServer server, String database) throws SQLException {
        Connection connection = server.connect(database);
        try (Statement statement = connection.createStatement()) {
            for (String setting : SAME_TEXT) {
                statement.execute("SET " + setting);
            }
        }
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        return connection;
    }

    /**
     * The contents in one snapshot; null when a table is locked by somebody who may be about to empty it. A TRUNCATE shows in
     * snapshots that are older than it, so none may come while the tables are read; and nobody is kept waiting for a look.
     */
    static @Nullable State lookUnlessLocked(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // Takes no snapshot yet.
            statement.execute("LOCK TABLE " + String.join(", ", TABLES) + " IN ACCESS SHARE MODE NOWAIT");
        } catch (SQLException e) {
            connection.rollback();
            if (!LOCKED.equals(e.getSQLState())) {
                throw e;
            }
            return null;
        }
        return look(connection);
    }

    private static State look(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT (%s), (
                                SELECT json_object_agg(key, s)::text FROM (
                                    SELECT key, sum(value::numeric)::text AS s FROM app.log, jsonb_each_text(added) GROUP BY key) AS all_added),
                            coalesce(array_agg(tx %% 4294967296), '{}')
                        FROM app.log""".formatted(SUMS))) {
            row.next();
            State state = new State(numbers(row.getString(1)), numbers(row.getString(2)), List.of((Long[])
                    row.getArray(3).getArray()));
            connection.commit();
            return state;
        }
    }

    private static Map<String, BigDecimal> numbers(@Nullable String json) throws SQLException {
        Map<String, BigDecimal> numbers = new HashMap<>();
        try {
            Api.JSON
                    .readTree(json == null ? "{}" : json)
                    .properties()
                    .forEach(one -> numbers.put(
                            one.getKey(), new BigDecimal(one.getValue().asText())));
        } catch (IOException e) {
            throw new SQLException("sums that are not JSON: " + json, e);
        }
        return numbers;
    }
}
