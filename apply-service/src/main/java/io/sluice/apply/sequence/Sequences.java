package io.sluice.apply.sequence;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.SequenceNames;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.TableArrays;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sequences and identities of the task's tables: those that the tables own, and those that their defaults use. Not
 * thread-safe.
 */
public final class Sequences {

    private final Map<TableName, TableMapping> mappings;
    private final SequenceNames names;
    private final long margin;

    /** @param margin so many values are left out */
    public Sequences(TaskSpec spec, List<TableName> tables, long margin) {
        this.mappings = TableMapping.all(spec, tables);
        this.names = new SequenceNames(spec, mappings.values());
        this.margin = margin;
    }

    /**
     * @param owned the column belongs to the sequence: it is an identity or serial
     */
    private record Sequence(
            TableName name,
            TableName table,
            String column,
            boolean owned,
            long increment,
            BigInteger least,
            BigInteger most,
            Value value) {}

    /** @param missing those that the target has not */
    public record Result(int set, List<String> missing) {

        public Result {
            missing = List.copyOf(missing);
        }
    }

    /**
     * A sequence of the target that would give out what the source's has given out.
     *
     * @param name on the target, quoted
     * @param source the last value there, for people to read
     */
    public record Behind(String name, String source, String target) {}

    /** Those that are not on the target are passed over. */
    public List<Behind> behind(DatabaseSession source, DatabaseSession target) {
        Map<TableName, Value> there = new HashMap<>();
        List<Sequence> known = source.inTransaction("reading sequences", this::read);
        Map<TableName, String> names = target.inTransaction("reading sequences", connection -> {
            Map<TableName, String> found = new HashMap<>();
            for (Sequence sequence : known) {
                String name = find(connection, sequence);
                if (name != null) {
                    found.put(sequence.name(), name);
                    there.put(sequence.name(), value(connection, name));
                }
            }
            return found;
        });
        List<Behind> behind = new ArrayList<>();
        for (Sequence sequence : known) {
            Value value = there.get(sequence.name());
            String name = names.get(sequence.name());
            if (name != null && value != null && isBehind(value, sequence.value(), sequence.increment())) {
                behind.add(new Behind(name, sequence.value().text(), value.text()));
            }
        }
        return behind;
    }

    /** Sets each on the target past where it is at the source; none goes back. */
    public Result move(DatabaseSession source, DatabaseSession target, Bookkeeping bookkeeping) {
        List<Sequence> sequences = source.inTransaction("reading sequences", this::read);
        return target.inTransaction("setting sequences", connection -> {
            int set = 0;
            List<String> missing = new ArrayList<>();
            bookkeeping.requireNewest(connection);
            if (bookkeeping.ended(connection)) {
                return new Result(0, missing);
            }
            for (Sequence sequence : sequences) {
                String there = find(connection, sequence);
                if (there == null) {
                    missing.add(sequence.name().toString());
                } else {
                    set(connection, sequence, there);
                    set++;
                }
            }
            return new Result(set, missing);
        });
    }

    private List<Sequence> read(Connection connection) throws SQLException {
        List<Sequence> sequences = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT DISTINCT ON (s.oid) sn.nspname, s.relname, tn.nspname, t.relname, a.attname,
                       d.classid = 'pg_class'::regclass, q.seqincrement, q.seqmin, q.seqmax
                FROM pg_class s
                JOIN pg_namespace sn ON sn.oid = s.relnamespace
                JOIN pg_sequence q ON q.seqrelid = s.oid
                JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
                                     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0)
                                 OR (d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
                                     AND d.refobjid = s.oid)
                LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
                JOIN pg_attribute a ON a.attrelid = coalesce(f.adrelid, d.refobjid)
                                   AND a.attnum = coalesce(f.adnum, d.refobjsubid)
                JOIN pg_class t ON t.oid = a.attrelid
                JOIN pg_namespace tn ON tn.oid = t.relnamespace
                JOIN unnest(?::text[], ?::text[]) AS w (schema, name) ON w.schema = tn.nspname AND w.name = t.relname
                WHERE s.relkind = 'S'
                ORDER BY s.oid, d.classid = 'pg_class'::regclass DESC""")) {
            List<TableName> tables = List.copyOf(mappings.keySet());
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName name = new TableName(row.getString(1), row.getString(2));
                    sequences.add(new Sequence(
                            name,
                            new TableName(row.getString(3), row.getString(4)),
                            row.getString(5),
                            row.getBoolean(6),
                            row.getLong(7),
                            BigInteger.valueOf(row.getLong(8)),
                            BigInteger.valueOf(row.getLong(9)),
                            value(connection, Identifier.quote(name))));
                }
            }
        }
        return sequences;
    }

    /**
     * Where a sequence is.
     *
     * @param called the value was given out
     */
    private record Value(BigInteger last, boolean called) {

        String text() {
            return called ? last.toString() : last + ", not given out yet";
        }
    }

    private static boolean isBehind(Value value, Value other, long increment) {
        int further = value.last().compareTo(other.last()) * Long.signum(increment);
        return further < 0 || (further == 0 && other.called() && !value.called());
    }

    private static Value value(Connection connection, String sequence) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT last_value, is_called FROM " + sequence)) {
            row.next();
            return new Value(BigInteger.valueOf(row.getLong(1)), row.getBoolean(2));
        }
    }

    /** The name on the target, quoted; null when it has none. */
    private @Nullable String find(Connection target, Sequence sequence) throws SQLException {
        TableMapping mapping = mappings.get(sequence.table());
        if (sequence.owned() && mapping != null && mapping.moves(sequence.column())) {
            String owned = text(
                    target,
                    "SELECT pg_get_serial_sequence(?, ?)",
                    "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(?) AND attname = ?",
                    Identifier.quote(mapping.target()),
                    mapping.targetColumn(sequence.column()));
            if (owned != null) {
                return owned;
            }
        }
        TableName same = names.target(sequence.name(), sequence.owned() ? sequence.table() : null);
        return text(target, "SELECT to_regclass(?)::text", null, Identifier.quote(same), null) == null
                ? null
                : Identifier.quote(same);
    }

    private static @Nullable String text(
            Connection target, String sql, @Nullable String onlyIf, String first, @Nullable String second)
            throws SQLException {
        if (onlyIf != null && text(target, onlyIf, null, first, second) == null) {
            return null;
        }
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            statement.setString(1, first);
            if (second != null) {
                statement.setString(2, second);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    private void set(Connection target, Sequence sequence, String name) throws SQLException {
        BigInteger wanted = sequence.value()
                .last()
                .add(BigInteger.valueOf(margin).multiply(BigInteger.valueOf(sequence.increment())))
                .min(sequence.most())
                .max(sequence.least());
        boolean called = sequence.value().called() || margin > 0;
        if (!isBehind(value(target, name), new Value(wanted, called), sequence.increment())) {
            return;
        }
        try (PreparedStatement statement = target.prepareStatement("SELECT setval(?::text::regclass, ?, ?)")) {
            statement.setString(1, name);
            statement.setLong(2, wanted.longValueExact());
            statement.setBoolean(3, called);
            statement.execute();
        }
    }
}
