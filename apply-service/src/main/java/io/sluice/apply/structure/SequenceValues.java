package io.sluice.apply.structure;

import io.sluice.apply.structure.SequenceReader.Sequence;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Where sequences are; many in one statement. */
final class SequenceValues {

    private static final int CHUNK = 200;

    private SequenceValues() {}

    /** @param called the value was given out */
    record Value(Sequence sequence, long last, boolean called) {}

    static List<Value> read(Connection source, List<Sequence> sequences) throws SQLException {
        List<Value> values = new ArrayList<>();
        for (int from = 0; from < sequences.size(); from += CHUNK) {
            List<Sequence> chunk = sequences.subList(from, Math.min(from + CHUNK, sequences.size()));
            List<String> queries = new ArrayList<>();
            for (int i = 0; i < chunk.size(); i++) {
                queries.add("SELECT " + i + ", last_value, is_called FROM "
                        + Identifier.quote(chunk.get(i).name()));
            }
            try (Statement statement = source.createStatement();
                    ResultSet row = statement.executeQuery(String.join(" UNION ALL ", queries))) {
                while (row.next()) {
                    values.add(new Value(chunk.get(row.getInt(1)), row.getLong(2), row.getBoolean(3)));
                }
            }
        }
        return values;
    }

    /** One that is not on the target is passed over. */
    static void write(Connection target, List<Value> values, Names names) throws SQLException {
        for (int from = 0; from < values.size(); from += CHUNK) {
            String calls = values.subList(from, Math.min(from + CHUNK, values.size())).stream()
                    .map(value -> call(value, names))
                    .collect(Collectors.joining(" UNION ALL "));
            try (Statement statement = target.createStatement()) {
                statement.execute(calls);
            }
        }
    }

    private static String call(Value value, Names names) {
        Sequence sequence = value.sequence();
        String to = ", " + value.last() + ", " + value.called() + ")";
        TableName table = sequence.table();
        // The sequence of an identity column may have another name on the target.
        if (sequence.ofIdentity() && table != null) {
            return "SELECT setval(pg_get_serial_sequence("
                    + Identifier.literal(names.relation(table)) + ", "
                    + Identifier.literal(names.targetColumn(table, String.valueOf(sequence.column()))) + ")::regclass"
                    + to;
        }
        TableName there = names.target(sequence.name());
        return "SELECT setval(c.oid::regclass" + to
                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = "
                + Identifier.literal(there.schema()) + " AND c.relname = " + Identifier.literal(there.table());
    }
}
