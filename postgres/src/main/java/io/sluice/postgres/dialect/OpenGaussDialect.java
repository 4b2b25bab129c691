package io.sluice.postgres.dialect;

import static java.util.stream.Collectors.joining;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TableBlueprint.Column;
import io.sluice.postgres.dialect.TableBlueprint.Generated;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * openGauss, whose grammar is that of PostgreSQL 9.2 with additions of its own: see "CREATE TABLE" and "INSERT" in its SQL
 * reference. The distributed GaussDB builds upon it.
 */
class OpenGaussDialect implements TargetDialect {

    /** Types that are not there, and what takes their values without loss. */
    private static final Map<String, String> TYPES = Map.of(
            "xid8", "bigint", "pg_lsn", "text", "regnamespace", "text", "regrole", "text", "regcollation", "text");

    private static final Set<String> MISSING_TYPES = Set.of(
            "int4multirange",
            "int8multirange",
            "nummultirange",
            "tsmultirange",
            "tstzmultirange",
            "datemultirange",
            "macaddr8",
            "xml",
            "pg_snapshot",
            "jsonpath",
            "line");

    @Override
    public List<String> createTable(TableBlueprint table) {
        if (table.parent() != null
                || table.partitionedBy() != null
                || !table.inherits().isEmpty()) {
            throw new UnsupportedDdlException("partitions and inheritance are declared in another way there");
        }
        List<String> statements = new ArrayList<>();
        List<String> clauses = new ArrayList<>();
        for (Column column : table.columns()) {
            clauses.add(column(table.name(), column));
            if (counts(column)) {
                statements.add("CREATE SEQUENCE " + Identifier.quote(sequence(table.name(), column)));
            }
        }
        clauses.addAll(table.checks());
        statements.add(
                "CREATE " + (table.unlogged() ? "UNLOGGED " : "") + "TABLE " + Identifier.quote(table.name()) + " ("
                        + String.join(", ", clauses) + ")"
                        + (table.options().isEmpty() ? "" : " WITH (" + String.join(", ", table.options()) + ")")
                        + distribution(table));
        // It goes with the table, and is found by the column when it is moved.
        table.columns().stream()
                .filter(OpenGaussDialect::counts)
                .map(column -> "ALTER SEQUENCE " + Identifier.quote(sequence(table.name(), column)) + " OWNED BY "
                        + Identifier.quote(table.name()) + "." + Identifier.quote(column.name()))
                .forEach(statements::add);
        return statements;
    }

    private static boolean counts(Column column) {
        return column.generated() == Generated.NO && column.identity() != Identity.NONE;
    }

    private static TableName sequence(TableName table, Column column) {
        return new TableName(table.schema(), table.table() + "_" + column.name() + "_seq");
    }

    /** What follows the columns; nothing where there are no nodes. */
    String distribution(TableBlueprint table) {
        return "";
    }

    private String column(TableName table, Column column) {
        StringBuilder clause =
                new StringBuilder(Identifier.quote(column.name())).append(' ').append(type(column.type()));
        if (column.collation() != null) {
            clause.append(" COLLATE ").append(column.collation());
        }
        if (column.generated() != Generated.NO) {
            clause.append(" GENERATED ALWAYS AS (").append(column.expression()).append(") STORED");
        } else if (counts(column)) {
            clause.append(" DEFAULT nextval(")
                    .append(Identifier.literal(Identifier.quote(sequence(table, column))))
                    .append("::regclass)");
        } else if (column.expression() != null) {
            clause.append(" DEFAULT ").append(column.expression());
        }
        if (column.notNull()) {
            clause.append(" NOT NULL");
        }
        return clause.toString();
    }

    @Override
    public String type(String type) {
        String plain = type.replaceAll("\\[\\]", "").replaceAll("\\(.*?\\)", "");
        if (MISSING_TYPES.contains(plain)) {
            throw new UnsupportedDdlException("it has no type " + plain);
        }
        String other = TYPES.get(plain);
        return other == null ? type : type.replace(plain, other);
    }

    /** AS came with PostgreSQL 10. */
    @Override
    public boolean typesSequences() {
        return false;
    }

    @Override
    public boolean describesObjects() {
        return false;
    }

    @Override
    public boolean hashesRows() {
        return false;
    }

    /** There are no identities, and no such words. */
    @Override
    public String overridingIdentity() {
        return "";
    }

    /** Some of its storage engines have it; the distributed GaussDB has not. */
    @Override
    public boolean locksKeys() {
        return false;
    }

    @Override
    public boolean computes(Generated generated) {
        return generated != Generated.VIRTUAL;
    }

    @Override
    public @Nullable String refuses(ObjectKind kind) {
        return switch (kind) {
            case POLICY, STATISTICS, TABLE_SETTING, COLLATION, RULE ->
                "openGauss has it in another form, or not at all; make it by hand.";
            case SCHEMA,
                    EXTENSION,
                    TYPE,
                    DOMAIN,
                    SEQUENCE,
                    TABLE,
                    FUNCTION,
                    PROCEDURE,
                    AGGREGATE,
                    OPERATOR,
                    CAST,
                    KEY,
                    CONSTRAINT,
                    INDEX,
                    VIEW,
                    MATERIALIZED_VIEW,
                    TRIGGER,
                    FOREIGN_KEY,
                    COMMENT,
                    PRIVILEGE,
                    OTHER -> null;
        };
    }

    /**
     * Not ON DUPLICATE KEY UPDATE: it changes the row that conflicts by whichever unique key, not by the one that identifies
     * the row. No UPDATE follows the key, so that a distribution column stays.
     */
    @Override
    public String upsert(TableDefinition table, List<String> key, List<String> columns) {
        String sets = IntStream.range(0, columns.size())
                .filter(i -> !key.contains(columns.get(i)))
                .mapToObj(i -> Identifier.quote(columns.get(i)) + " = v.c" + (i + 1))
                .collect(joining(", "));
        return merge(table, key, columns, sets.isEmpty() ? "" : " WHEN MATCHED THEN UPDATE SET " + sets);
    }

    private static String merge(TableDefinition table, List<String> key, List<String> columns, String matched) {
        String same = key.stream()
                .map(column -> equal(table, column, columns.indexOf(column) + 1))
                .collect(joining(" AND "));
        String values = IntStream.rangeClosed(1, columns.size())
                .mapToObj(i -> "v.c" + i)
                .collect(joining(", "));
        return "MERGE INTO " + Identifier.quote(table.name()) + " AS t USING (SELECT "
                + Parameters.named(table, columns, 0) + " FROM " + arrays(columns.size()) + ") AS v ON (" + same + ")"
                + matched + " WHEN NOT MATCHED THEN INSERT (" + Identifier.list(columns) + ") VALUES (" + values + ")";
    }

    @Override
    public String insert(TableDefinition table, List<String> columns) {
        return "INSERT INTO " + Identifier.quote(table.name()) + " (" + Identifier.list(columns) + ") SELECT "
                + Parameters.casts(table, columns, 0) + " FROM " + arrays(columns.size());
    }

    @Override
    public String insertMissing(TableDefinition table, List<String> key, List<String> columns) {
        return merge(table, key, columns, "");
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
        return "UPDATE " + Identifier.quote(table.name()) + " AS t SET " + sets + " FROM (SELECT "
                + Parameters.named(table, key, 0)
                + ", " + Parameters.named(table, columns, key.size()) + " FROM " + arrays(key.size() + columns.size())
                + ") AS v WHERE " + matches(table, key);
    }

    @Override
    public String read(TableDefinition table, List<String> key, List<String> columns) {
        return "SELECT " + PostgresqlDialect.texts(columns) + " FROM " + Identifier.quote(table.name())
                + " AS t, (SELECT " + Parameters.named(table, key, 0) + " FROM " + arrays(key.size()) + ") AS v WHERE "
                + matches(table, key);
    }

    @Override
    public String delete(TableDefinition table, List<String> key) {
        return "DELETE FROM " + Identifier.quote(table.name()) + " AS t USING (SELECT "
                + Parameters.named(table, key, 0) + " FROM " + arrays(key.size()) + ") AS v WHERE "
                + matches(table, key);
    }

    /** Not called: see {@link #removeAll}. */
    @Override
    public String remove(TableDefinition table, List<String> columns) {
        throw new UnsupportedOperationException("rows are removed by removeAll");
    }

    /** A ctid says nothing across partitions, which are no relations of their own here, nor across nodes. */
    @Override
    public String removeAll(TableDefinition table, List<String> columns) {
        return "DELETE FROM " + Identifier.quote(table.name()) + " AS t USING (SELECT ROW("
                + PostgresqlDialect.images(table, columns) + ")::text AS image FROM " + arrays(columns.size())
                + ") AS v WHERE ROW(" + PostgresqlDialect.texts(columns) + ")::text = v.image";
    }

    @Override
    public List<String> beforeRemove() {
        return List.of();
    }

    @Override
    public List<String> afterRemove() {
        return List.of();
    }

    @Override
    public String truncateTogether(Collection<TableDefinition> tables) {
        return "TRUNCATE TABLE "
                + tables.stream()
                        .map(TableDefinition::name)
                        .map(Identifier::quote)
                        .collect(joining(", "));
    }

    @Override
    public String truncate(TableName table) {
        return "TRUNCATE TABLE " + Identifier.quote(table);
    }

    @Override
    public List<String> sessionSetup() {
        return List.of("SET session_replication_role = replica");
    }

    @Override
    public List<String> loadSetup() {
        return List.of();
    }

    @Override
    public boolean binaryRows() {
        return false;
    }

    private static String matches(TableDefinition table, List<String> key) {
        return IntStream.range(0, key.size())
                .mapToObj(i -> equal(table, key.get(i), i + 1))
                .collect(joining(" AND "));
    }

    private static String equal(TableDefinition table, String column, int place) {
        String operator = table.columns().stream()
                .filter(known -> known.name().equals(column))
                .findFirst()
                .orElseThrow()
                .equality();
        return "t." + Identifier.quote(column) + " " + operator + " v.c" + place;
    }

    /** One array in each place: unnest with several came with PostgreSQL 9.4. */
    private static String arrays(int count) {
        return "(SELECT "
                + IntStream.rangeClosed(1, count)
                        .mapToObj(i -> "unnest(?::text[]) AS c" + i)
                        .collect(joining(", "))
                + ") AS u";
    }
}
