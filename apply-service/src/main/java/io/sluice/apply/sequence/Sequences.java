package io.sluice.apply.sequence;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.ChosenSequences;
import io.sluice.apply.structure.SequenceNames;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.SequenceCatalog;
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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The sequences and identities of a task: those that its tables own, those that their defaults use, and those that it made
 * on the target without any table using them, as for an application that asks for the values itself. Not thread-safe.
 */
public final class Sequences {

    private static final String RELATION = """
            SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?""";

    private static final String COLUMN = """
            SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE n.nspname = ? AND c.relname = ? AND a.attname = ?""";

    private final TaskSpec spec;
    private final Map<TableName, TableMapping> mappings;
    private final SequenceNames names;
    private final long margin;

    /** @param margin so many values are left out */
    public Sequences(TaskSpec spec, List<TableName> tables, long margin) {
        this.spec = spec;
        this.mappings = TableMapping.all(spec, tables);
        this.names = new SequenceNames(spec, mappings.values());
        this.margin = margin;
    }

    /**
     * @param use null when no table uses it
     * @param cyclic it begins anew at its end, so where it is further cannot be told
     */
    private record Sequence(
            TableName name,
            @Nullable Use use,
            long increment,
            BigInteger least,
            BigInteger most,
            boolean cyclic,
            Value value) {}

    /** @param owned the sequence belongs to the column, which is an identity or serial */
    private record Use(TableName table, String column, boolean owned) {}

    /**
     * @param missing those that the target has not
     * @param close those that end before the margin does, or go round, and are where they are at the source
     */
    public record Result(int set, List<String> missing, List<String> close) {

        public Result {
            missing = List.copyOf(missing);
            close = List.copyOf(close);
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
            List<String> close = new ArrayList<>();
            bookkeeping.requireNewest(connection);
            if (bookkeeping.ended(connection)) {
                return new Result(0, missing, close);
            }
            for (Sequence sequence : sequences) {
                String there = find(connection, sequence);
                if (there == null) {
                    missing.add(sequence.name().toString());
                } else {
                    Value wanted = wanted(sequence);
                    set(connection, sequence, there, wanted);
                    set++;
                    if (margin > 0 && wanted.equals(sequence.value())) {
                        close.add(there);
                    }
                }
            }
            return new Result(set, missing, close);
        });
    }

    private List<Sequence> read(Connection connection) throws SQLException {
        List<Sequence> sequences = new ArrayList<>(used(connection));
        Set<TableName> others = new TreeSet<>(ChosenSequences.of(connection, spec, mappings.keySet()));
        sequences.forEach(sequence -> others.remove(sequence.name()));
        if (!others.isEmpty()) {
            sequences.addAll(unused(connection, others));
        }
        return sequences;
    }

    private static List<Sequence> unused(Connection connection, Set<TableName> names) throws SQLException {
        List<Sequence> sequences = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                """
                SELECT n.nspname, s.relname, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS w
                JOIN pg_namespace n ON n.nspname = w.schema
                JOIN pg_class s ON s.relnamespace = n.oid AND s.relname = w.name
                JOIN\s""" + SequenceCatalog.relation(connection) + " AS q ON q.seqrelid = s.oid")) {
            TableArrays.set(statement, 1, names);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    sequences.add(sequence(connection, row, null));
                }
            }
        }
        return sequences;
    }

    private static Sequence sequence(Connection connection, ResultSet row, @Nullable Use use) throws SQLException {
        TableName name = new TableName(row.getString("nspname"), row.getString("relname"));
        return new Sequence(
                name,
                use,
                row.getLong("seqincrement"),
                BigInteger.valueOf(row.getLong("seqmin")),
                BigInteger.valueOf(row.getLong("seqmax")),
                row.getBoolean("seqcycle"),
                value(connection, Identifier.quote(name)));
    }

    private List<Sequence> used(Connection connection) throws SQLException {
        List<Sequence> sequences = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement("""
                SELECT DISTINCT ON (s.oid) sn.nspname, s.relname, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle,
                       tn.nspname AS table_schema, t.relname AS table_name, a.attname,
                       d.classid = 'pg_class'::regclass AS owned
                FROM pg_class s
                JOIN pg_namespace sn ON sn.oid = s.relnamespace
                JOIN\s""" + SequenceCatalog.relation(connection) + """
                 AS q ON q.seqrelid = s.oid
                JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
                                     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0)
                                 OR (d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
                                     AND d.refobjid = s.oid)
                LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
                JOIN pg_attribute a ON a.attrelid = coalesce(f.adrelid, d.refobjid)
                                   AND a.attnum = coalesce(f.adnum, d.refobjsubid)
                JOIN pg_class t ON t.oid = a.attrelid
                JOIN pg_namespace tn ON tn.oid = t.relnamespace
                JOIN (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS w ON w.schema = tn.nspname AND w.name = t.relname
                WHERE s.relkind = 'S'
                ORDER BY s.oid, d.classid = 'pg_class'::regclass DESC""")) {
            List<TableName> tables = List.copyOf(mappings.keySet());
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName table = new TableName(row.getString("table_schema"), row.getString("table_name"));
                    Use use = new Use(table, row.getString("attname"), row.getBoolean("owned"));
                    sequences.add(sequence(connection, row, use));
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
        Use use = sequence.use() != null && sequence.use().owned() ? sequence.use() : null;
        TableMapping mapping = use == null ? null : mappings.get(use.table());
        if (use != null && mapping != null && mapping.moves(use.column())) {
            TableName table = mapping.target();
            String column = mapping.targetColumn(use.column());
            String owned = text(target, COLUMN, table.schema(), table.table(), column) == null
                    ? null
                    : text(target, "SELECT pg_get_serial_sequence(?, ?)", Identifier.quote(table), column);
            if (owned != null) {
                return owned;
            }
        }
        TableName same = names.target(sequence.name(), use == null ? null : use.table());
        return text(target, RELATION, same.schema(), same.table()) == null ? null : Identifier.quote(same);
    }

    private static @Nullable String text(Connection target, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** As at the source where the margin would leave no value, or the end is not the end. */
    private Value wanted(Sequence sequence) {
        if (margin == 0 || sequence.cyclic()) {
            return sequence.value();
        }
        BigInteger further = sequence.value()
                .last()
                .add(BigInteger.valueOf(margin).multiply(BigInteger.valueOf(sequence.increment())));
        boolean possible = further.compareTo(sequence.least()) > 0 && further.compareTo(sequence.most()) < 0;
        return possible ? new Value(further, true) : sequence.value();
    }

    private static void set(Connection target, Sequence sequence, String name, Value wanted) throws SQLException {
        Value there = value(target, name);
        boolean behind = sequence.cyclic() ? !there.equals(wanted) : isBehind(there, wanted, sequence.increment());
        if (!behind) {
            return;
        }
        try (PreparedStatement statement = target.prepareStatement("SELECT setval(?::text::regclass, ?, ?)")) {
            statement.setString(1, name);
            statement.setLong(2, wanted.last().longValueExact());
            statement.setBoolean(3, wanted.called());
            statement.execute();
        }
    }
}
