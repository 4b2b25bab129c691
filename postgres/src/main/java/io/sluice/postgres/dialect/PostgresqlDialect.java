package io.sluice.postgres.dialect;

import static java.util.stream.Collectors.joining;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** PostgreSQL 12 and newer. */
class PostgresqlDialect implements TargetDialect {

    @Override
    public List<String> createTable(TableBlueprint table) {
        return PostgresqlTables.create(table);
    }

    @Override
    public String upsert(TableDefinition table, List<String> key, List<String> columns) {
        List<String> rest =
                columns.stream().filter(column -> !key.contains(column)).toList();
        String onConflict = rest.isEmpty()
                ? "DO NOTHING"
                : "DO UPDATE SET "
                        + rest.stream()
                                .map(Identifier::quote)
                                .map(name -> name + " = EXCLUDED." + name)
                                .collect(joining(", "));
        return insert(table, columns) + " ON CONFLICT (" + Identifier.list(key) + ") " + onConflict;
    }

    @Override
    public String insert(TableDefinition table, List<String> columns) {
        return "INSERT INTO " + Identifier.quote(table.name()) + " (" + Identifier.list(columns)
                + ") OVERRIDING SYSTEM VALUE SELECT " + Parameters.casts(table, columns, 0) + " FROM "
                + arrays(columns.size());
    }

    @Override
    public String insertMissing(TableDefinition table, List<String> key, List<String> columns) {
        return insert(table, columns) + " ON CONFLICT (" + Identifier.list(key) + ") DO NOTHING";
    }

    @Override
    public String copyIn(TableDefinition table, List<String> columns) {
        return "COPY " + Identifier.quote(table.name()) + " (" + Identifier.list(columns) + ") FROM STDIN";
    }

    @Override
    public String update(TableDefinition table, List<String> key, List<String> columns) {
        String sets = IntStream.range(0, columns.size())
                .mapToObj(i -> Identifier.quote(columns.get(i)) + " = v.c" + (key.size() + i + 1))
                .collect(joining(", "));
        return "UPDATE " + relation(table) + " AS t SET " + sets + " FROM (SELECT " + Parameters.named(table, key, 0)
                + ", "
                + Parameters.named(table, columns, key.size()) + " FROM " + arrays(key.size() + columns.size())
                + ") AS v WHERE "
                + matches(table, key);
    }

    @Override
    public String read(TableDefinition table, List<String> key, List<String> columns) {
        return "SELECT " + texts(columns) + " FROM " + relation(table) + " AS t, (SELECT "
                + Parameters.named(table, key, 0) + " FROM " + arrays(key.size()) + ") AS v WHERE "
                + matches(table, key);
    }

    @Override
    public String delete(TableDefinition table, List<String> key) {
        return "DELETE FROM " + relation(table) + " AS t USING (SELECT " + Parameters.named(table, key, 0) + " FROM "
                + arrays(key.size()) + ") AS v WHERE " + matches(table, key);
    }

    /**
     * Rows are told apart by the text of their values: not every type has an equality, and values that are equal (1.0 and
     * 1.00) are still different rows. Both sides go through the type, so that they are written alike.
     */
    @Override
    public String remove(TableDefinition table, List<String> columns) {
        int copies = columns.size() + 1;
        return "WITH v AS (SELECT ROW(" + images(table, columns) + ")::text AS image, sum(u.c" + copies
                + "::bigint) AS copies FROM "
                + arrays(copies) + " GROUP BY 1), m AS (SELECT t.tableoid AS part, t.ctid AS place, v.copies,"
                + " row_number() OVER (PARTITION BY v.image) AS nth FROM " + relation(table) + " AS t JOIN v ON ROW("
                + texts(columns) + ")::text = v.image) DELETE FROM " + relation(table) + " AS t USING m"
                + " WHERE t.ctid = m.place AND t.tableoid = m.part AND m.nth <= m.copies";
    }

    @Override
    public List<String> beforeRemove() {
        return List.of("SET LOCAL enable_hashjoin = on");
    }

    @Override
    public List<String> afterRemove() {
        return List.of("SET LOCAL enable_hashjoin = off");
    }

    @Override
    public String truncate(TableName table) {
        return "TRUNCATE ONLY " + Identifier.quote(table);
    }

    @Override
    public String truncateTogether(Collection<TableDefinition> tables) {
        // A partitioned table has no rows of its own, and ONLY is refused for it.
        return "TRUNCATE "
                + tables.stream()
                        .map(table ->
                                (table.kind() == Kind.PARTITIONED ? "" : "ONLY ") + Identifier.quote(table.name()))
                        .collect(joining(", "));
    }

    @Override
    public List<String> sessionSetup() {
        // A batch is joined to a table by the table's key. Right after a load the planner may know no better than to
        // read the whole table for it.
        return List.of(
                "SET session_replication_role = replica",
                "SET enable_seqscan = off",
                "SET enable_hashjoin = off",
                "SET enable_mergejoin = off");
    }

    @Override
    public List<String> loadSetup() {
        return List.of("SET session_replication_role = replica");
    }

    @Override
    public boolean binaryRows() {
        return true;
    }

    /** The values that a statement is given, as the table's columns would write them. */
    static String images(TableDefinition table, List<String> columns) {
        // A numeric with a scale is written with that many digits, whatever came; other lengths would cut values.
        Map<String, String> types = table.columns().stream()
                .collect(Collectors.toMap(
                        ColumnDefinition::name,
                        column -> column.type().startsWith("numeric(") ? column.type() : column.castType()));
        return IntStream.range(0, columns.size())
                .mapToObj(i -> "u.c" + (i + 1) + "::" + types.get(columns.get(i)) + "::text")
                .collect(joining(", "));
    }

    static String texts(List<String> columns) {
        return columns.stream()
                .map(column -> "t." + Identifier.quote(column) + "::text")
                .collect(joining(", "));
    }

    /** Rows of tables that inherit from this one are changed through those. */
    static String relation(TableDefinition table) {
        return (table.kind() == Kind.INHERITED ? "ONLY " : "") + Identifier.quote(table.name());
    }

    private static String matches(TableDefinition table, List<String> key) {
        Map<String, String> equality =
                table.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, ColumnDefinition::equality));
        return IntStream.range(0, key.size())
                .mapToObj(i -> "t." + Identifier.quote(key.get(i)) + " " + equality.get(key.get(i)) + " v.c" + (i + 1))
                .collect(joining(" AND "));
    }

    static String arrays(int count) {
        return "unnest("
                + IntStream.range(0, count).mapToObj(i -> "?::text[]").collect(joining(", "))
                + ") AS u ("
                + IntStream.rangeClosed(1, count).mapToObj(i -> "c" + i).collect(joining(", "))
                + ")";
    }
}
