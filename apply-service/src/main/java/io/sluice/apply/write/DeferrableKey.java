package io.sluice.apply.write;

import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A DEFERRABLE unique key of the target, or exclusion constraint of plain columns.
 *
 * @param conflict SQLSTATE of rows that are in each other's way
 * @param operators that say so, column by column
 * @param nulls two NULLs are in each other's way, too
 */
record DeferrableKey(
        TableDefinition table,
        String name,
        String conflict,
        List<String> columns,
        List<String> operators,
        boolean nulls) {

    static final String UNIQUE = "23505";
    private static final String EXCLUSION = "23P01";

    /** In the transaction that the connection has open; those of expressions, and of some rows only, are left out. */
    static List<DeferrableKey> read(Connection target, Collection<TableDefinition> tables) throws SQLException {
        Map<Long, TableDefinition> byOid =
                tables.stream().collect(Collectors.toMap(TableDefinition::oid, Function.identity()));
        List<DeferrableKey> keys = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT o.conrelid::bigint, o.conname, o.contype = 'x',
                    coalesce((row_to_json(i) ->> 'indnullsnotdistinct')::boolean, false),
                    array(SELECT a.attname::text FROM generate_series(1, i.indnatts) AS place
                          JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[place] ORDER BY place),
                    array(SELECT 'OPERATOR(' || quote_ident(n.nspname) || '.' || p.oprname || ')'
                          FROM generate_series(1, i.indnatts) AS place
                          JOIN pg_operator p ON p.oid = o.conexclop[place]
                          JOIN pg_namespace n ON n.oid = p.oprnamespace ORDER BY place)
                FROM pg_constraint o JOIN pg_index i ON i.indexrelid = o.conindid
                WHERE o.condeferrable AND o.contype IN ('p', 'u', 'x') AND o.conrelid = ANY (?::oid[])
                  AND i.indpred IS NULL AND i.indexprs IS NULL
                ORDER BY 1, 2""")) {
            statement.setArray(1, target.createArrayOf("int8", byOid.keySet().toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableDefinition table = byOid.get(row.getLong(1));
                    List<String> columns = strings(row.getArray(5));
                    List<String> operators = strings(row.getArray(6));
                    keys.add(new DeferrableKey(
                            table,
                            row.getString(2),
                            row.getBoolean(3) ? EXCLUSION : UNIQUE,
                            columns,
                            operators.isEmpty() ? equalities(table, columns) : operators,
                            row.getBoolean(4)));
                }
            }
        }
        return keys;
    }

    private static List<String> strings(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }

    private static List<String> equalities(TableDefinition table, List<String> columns) {
        return columns.stream()
                .map(name -> column(table, name))
                .map(ColumnDefinition::equality)
                .toList();
    }

    private static ColumnDefinition column(TableDefinition table, String name) {
        return table.columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    TableName tableName() {
        return table.name();
    }

    /** Of its constraint, for a statement. */
    String quotedName() {
        return Identifier.quote(table.name().schema()) + "." + Identifier.quote(name);
    }

    /** What of a written row can be in the way of others; null when nothing can. */
    @Nullable
    Row valuesOf(Row row) {
        // A value that is absent, since it is large, did not change.
        List<String> there = columns.stream().filter(row.columns()::contains).toList();
        @Nullable String[] values = there.stream().map(row::value).toArray(String[]::new);
        boolean free =
                there.isEmpty() || !nulls && IntStream.range(0, values.length).anyMatch(i -> values[i] == null);
        return free ? null : new Row(new Columns(there), values);
    }

    /**
     * Finds which rows of values belong to rows that are in each other's way. Parameters: an array of numbers of the rows,
     * then one for each column.
     */
    String clashing(Columns given) {
        List<String> names = given.names();
        String arrays = IntStream.rangeClosed(1, names.size())
                .mapToObj(i -> ", unnest(?::text[]) AS c" + i)
                .collect(Collectors.joining());
        String values = IntStream.range(0, names.size())
                .mapToObj(i ->
                        ", u.c" + (i + 1) + "::" + column(table, names.get(i)).castType() + " AS c" + (i + 1))
                .collect(Collectors.joining());
        String alike = IntStream.range(0, names.size())
                .mapToObj(i -> matches(columns.indexOf(names.get(i)), "v.c" + (i + 1)))
                .collect(Collectors.joining(" AND "));
        return "SELECT v.place FROM (SELECT u.place" + values + " FROM (SELECT unnest(?::int[]) AS place" + arrays
                + ") AS u) AS v WHERE EXISTS (SELECT 1 " + pairs() + " AND " + alike + ")";
    }

    /** Answers a row when any rows of the table are in each other's way. */
    String anyClash() {
        return "SELECT 1 " + pairs() + " LIMIT 1";
    }

    private String pairs() {
        String relation =
                (table.kind() == TableDefinition.Kind.PARTITIONED ? "" : "ONLY ") + Identifier.quote(table.name());
        String same = IntStream.range(0, columns.size())
                .mapToObj(i -> matches(i, "y." + Identifier.quote(columns.get(i))))
                .collect(Collectors.joining(" AND "));
        return "FROM " + relation + " AS x, " + relation + " AS y WHERE " + same
                + " AND (x.ctid <> y.ctid OR x.tableoid <> y.tableoid)";
    }

    private String matches(int place, String other) {
        String mine = "x." + Identifier.quote(columns.get(place));
        String same = mine + " " + operators.get(place) + " " + other;
        return nulls ? "(" + same + " OR " + mine + " IS NULL AND " + other + " IS NULL)" : same;
    }
}
