package io.sluice.apply.structure;

import io.sluice.apply.structure.SequenceReader.Sequence;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Where sequences are; many in one statement, and one by one where a server refuses that. Stateless. */
final class SequenceValues {

    private static final int CHUNK = 200;

    /** Of the columns in the arrays, in PostgreSQL 9.2's words. */
    private static final String OWNED = """
            SELECT w.place, sn.nspname, s.relname
            FROM (SELECT unnest(?::int[]) AS place, unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name,
                      unnest(?::text[]) AS column_name) AS w
            JOIN pg_namespace n ON n.nspname = w.schema_name
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.column_name
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
            JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN pg_namespace sn ON sn.oid = s.relnamespace""";

    private static final String NAMED = """
            SELECT w.place, n.nspname, c.relname
            FROM (SELECT unnest(?::int[]) AS place, unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS w
            JOIN pg_namespace n ON n.nspname = w.schema_name
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name AND c.relkind = 'S'""";

    private SequenceValues() {}

    /**
     * Where a sequence of the source is.
     *
     * @param called the value was given out
     */
    record Value(Sequence sequence, long last, boolean called) {

        private boolean isPast(Value other) {
            int further = Long.compare(last, other.last) * Long.signum(sequence.increment());
            return further > 0 || further == 0 && called && !other.called;
        }
    }

    /**
     * A sequence that is not where it should be.
     *
     * @param sql that was refused
     */
    record Refused(Sequence sequence, String sql, SQLException error) {}

    /** What one is asked, or told. */
    private record Asked<T>(Sequence sequence, T about, String sql) {}

    /** Takes a row of the answer. */
    @FunctionalInterface
    private interface Answer<T> {
        void row(T about, ResultSet row) throws SQLException;
    }

    /** @param refused gets those that the source does not tell of */
    static List<Value> read(Connection source, List<Sequence> sequences, List<Refused> refused) throws SQLException {
        List<Value> values = new ArrayList<>();
        ask(
                source,
                sequences.stream()
                        .map(sequence -> new Asked<>(sequence, sequence, where(sequence.name())))
                        .toList(),
                (sequence, row) -> values.add(new Value(sequence, row.getLong(2), row.getBoolean(3))),
                refused);
        return values;
    }

    private static String where(TableName sequence) {
        return "last_value, is_called FROM " + Identifier.quote(sequence);
    }

    /**
     * Sets what the target has of them forward, and what the task has made itself to exactly where it is at the source as
     * long as it was not used. One that is not on the target is passed over.
     *
     * @param made the task has made it
     * @param refused gets those that the target does not set
     */
    static void write(
            Connection target, List<Value> values, Names names, Predicate<Sequence> made, List<Refused> refused)
            throws SQLException {
        Map<TableName, Value> wanted = new LinkedHashMap<>();
        targets(target, values, names)
                .forEach((there, sources) -> sources.forEach(
                        value -> wanted.merge(there, value, (one, other) -> other.isPast(one) ? other : one)));
        List<Asked<Map.Entry<TableName, Value>>> known = new ArrayList<>();
        wanted.entrySet()
                .forEach(entry -> known.add(new Asked<>(entry.getValue().sequence(), entry, where(entry.getKey()))));
        List<Asked<TableName>> calls = new ArrayList<>();
        ask(
                target,
                known,
                (entry, row) -> {
                    Value value = entry.getValue();
                    Sequence sequence = value.sequence();
                    Value there = new Value(sequence, row.getLong(2), row.getBoolean(3));
                    // Of one that begins anew at its end cannot be told where it is further.
                    boolean follows = made.test(sequence) && (sequence.cyclic() || !there.called());
                    if (follows ? !there.equals(value) : value.isPast(there)) {
                        calls.add(new Asked<>(
                                sequence,
                                entry.getKey(),
                                "setval(" + Identifier.literal(Identifier.quote(entry.getKey())) + ", " + value.last()
                                        + ", " + value.called() + ")"));
                    }
                },
                refused);
        ask(target, calls, (name, row) -> {}, refused);
    }

    /** Those of the columns that own them at the source, and those of their names. */
    private static Map<TableName, List<Value>> targets(Connection target, List<Value> values, Names names)
            throws SQLException {
        List<Value> owned = values.stream()
                .filter(value -> value.sequence().table() != null
                        && names.moves(
                                value.sequence().table(),
                                String.valueOf(value.sequence().column())))
                .toList();
        List<Value> named =
                values.stream().filter(value -> !value.sequence().ofIdentity()).toList();
        Map<TableName, List<Value>> targets = new LinkedHashMap<>();
        find(
                target,
                OWNED,
                owned,
                targets,
                value -> names.target(table(value)).schema(),
                value -> names.target(table(value)).table(),
                value -> names.targetColumn(
                        table(value), String.valueOf(value.sequence().column())));
        find(
                target,
                NAMED,
                named,
                targets,
                value -> names.target(value.sequence().name()).schema(),
                value -> names.target(value.sequence().name()).table());
        return targets;
    }

    private static TableName table(Value value) {
        TableName table = value.sequence().table();
        return table == null ? value.sequence().name() : table;
    }

    @SafeVarargs
    private static void find(
            Connection target,
            String sql,
            List<Value> values,
            Map<TableName, List<Value>> found,
            Function<Value, String>... texts)
            throws SQLException {
        if (values.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            Object[] places = new Object[values.size()];
            for (int i = 0; i < places.length; i++) {
                places[i] = i;
            }
            statement.setArray(1, target.createArrayOf("int4", places));
            for (int i = 0; i < texts.length; i++) {
                Object[] array = values.stream().map(texts[i]).toArray();
                statement.setArray(i + 2, target.createArrayOf("text", array));
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.computeIfAbsent(new TableName(row.getString(2), row.getString(3)), name -> new ArrayList<>())
                            .add(values.get(row.getInt(1)));
                }
            }
        }
    }

    private static <T> void ask(Connection server, List<Asked<T>> all, Answer<T> answer, List<Refused> refused)
            throws SQLException {
        Set<Sequence> named = new LinkedHashSet<>();
        for (int from = 0; from < all.size(); from += CHUNK) {
            List<Asked<T>> chunk = all.subList(from, Math.min(from + CHUNK, all.size()));
            if (refusal(server, chunk, answer) == null) {
                continue;
            }
            for (Asked<T> one : chunk) {
                SQLException error = refusal(server, List.of(one), answer);
                if (error != null && named.add(one.sequence())) {
                    refused.add(new Refused(one.sequence(), "SELECT " + one.sql(), error));
                }
            }
        }
    }

    /** Returns why the server refuses; then no row was taken. */
    private static <T> @Nullable SQLException refusal(Connection server, List<Asked<T>> asked, Answer<T> answer)
            throws SQLException {
        List<String> queries = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            queries.add("SELECT " + i + ", " + asked.get(i).sql());
        }
        Savepoint before = server.setSavepoint();
        try (Statement statement = server.createStatement();
                ResultSet row = statement.executeQuery(String.join(" UNION ALL ", queries))) {
            while (row.next()) {
                answer.row(asked.get(row.getInt(1)).about(), row);
            }
            server.releaseSavepoint(before);
            return null;
        } catch (SQLException e) {
            Installer.requireRefusal(e);
            server.rollback(before);
            return e;
        }
    }
}
