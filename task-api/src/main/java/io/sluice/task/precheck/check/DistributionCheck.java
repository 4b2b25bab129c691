package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableChoice.Distribution.Kind;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a target that spreads rows by hash asks of the chosen columns: they are in every key, since no node could keep a
 * key unique otherwise, and of a type that has a hash. Citus: "Determining the Data Type" and its limits of
 * {@code create_distributed_table}; GaussDB: {@code CREATE TABLE ... DISTRIBUTE BY} of its SQL reference.
 */
final class DistributionCheck implements Check {

    private static final Set<String> GAUSSDB_TYPES = Set.of(
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "character",
            "bpchar",
            "character varying",
            "text",
            "date",
            "time without time zone",
            "time with time zone",
            "timestamp without time zone",
            "timestamp with time zone",
            "interval");

    /** @param columns without those that are expressions */
    private record Key(TableName table, String name, List<String> columns) {}

    @Override
    public About about() {
        return About.source("distribution-keys", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        List<TableDefinition> decided = subject.tables().values().stream()
                .filter(table -> subject.mapping(table.name()).distribution() != null)
                .toList();
        if (decided.isEmpty()) {
            return;
        }
        Dialect dialect = subject.spec().dialect();
        switch (dialect) {
            case POSTGRESQL, OPENGAUSS -> useless(dialect, decided, findings);
            case CITUS, GAUSSDB_DISTRIBUTED -> {
                List<TableDefinition> hashed = decided.stream()
                        .filter(table -> distribution(subject, table).kind() == Kind.HASH)
                        .toList();
                Map<TableName, List<Key>> keys = keys(subject.source(), hashed);
                for (TableDefinition table : hashed) {
                    judge(subject, table, keys.getOrDefault(table.name(), List.of()), findings);
                }
            }
        }
    }

    private static Distribution distribution(Subject subject, TableDefinition table) {
        return Objects.requireNonNull(subject.mapping(table.name()).distribution());
    }

    private static void useless(Dialect dialect, List<TableDefinition> tables, Findings findings) {
        List<TableName> names = tables.stream().map(TableDefinition::name).toList();
        findings.warn(
                "objects.include",
                "A target of the dialect " + dialect.label() + " does not distribute tables: the distribution of "
                        + Findings.list(names) + " is passed over.",
                "",
                names);
    }

    private static void judge(Subject subject, TableDefinition table, List<Key> keys, Findings findings)
            throws SQLException {
        List<String> columns = distribution(subject, table).columns();
        TableMapping mapping = subject.mapping(table.name());
        List<String> absent = columns.stream()
                .filter(column -> !mapping.moves(column)
                        || table.columns().stream()
                                .noneMatch(known -> known.name().equals(column)))
                .toList();
        if (!absent.isEmpty()) {
            fail(table, "it has no column " + Findings.list(absent) + ", or leaves it out", keys, absent, findings);
            return;
        }
        if (subject.spec().dialect() == Dialect.CITUS && columns.size() > 1) {
            fail(table, "Citus takes one column", keys, columns, findings);
        }
        List<Key> broken =
                keys.stream().filter(key -> !key.columns().containsAll(columns)).toList();
        if (!broken.isEmpty()) {
            String which = broken.stream()
                    .map(key -> key.name() + " (" + String.join(", ", key.columns()) + ")")
                    .collect(Collectors.joining(", "));
            fail(table, "these keys do not hold it: " + which, keys, columns, findings);
        }
        List<String> unfit = unfit(subject, table, columns);
        if (!unfit.isEmpty()) {
            fail(table, "rows cannot be spread by the type of " + Findings.list(unfit), keys, unfit, findings);
        }
    }

    private static void fail(
            TableDefinition table, String why, List<Key> keys, List<String> columns, Findings findings) {
        List<String> fit =
                keys.isEmpty() ? List.of() : new ArrayList<>(keys.getFirst().columns());
        fit = fit.stream()
                .filter(column -> keys.stream().allMatch(key -> key.columns().contains(column)))
                .toList();
        findings.fail(
                "objects.include",
                ErrorCode.DISTRIBUTION_UNFIT,
                table.name() + " cannot be distributed as chosen: " + why + ". "
                        + (fit.isEmpty()
                                ? "No column is in all of its keys: take REPLICATION, or leave out a unique key."
                                : "In all of its keys are: " + Findings.list(fit) + "."),
                "",
                columns.stream().map(column -> table.name() + "." + column).toList());
    }

    private static List<String> unfit(Subject subject, TableDefinition table, List<String> columns)
            throws SQLException {
        if (subject.spec().dialect() == Dialect.GAUSSDB_DISTRIBUTED) {
            return table.columns().stream()
                    .filter(column -> columns.contains(column.name()) && !GAUSSDB_TYPES.contains(column.castType()))
                    .map(ColumnDefinition::name)
                    .toList();
        }
        // As lookup_type_cache() finds a default hash operator class: of the type itself, of one that it is stored
        // like, or of its kind.
        String sql = """
                SELECT a.attname
                FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
                WHERE a.attrelid = ?::oid AND a.attname = ANY (?::text[]) AND NOT EXISTS (
                    SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'hash'
                    WHERE o.opcdefault AND (o.opcintype = b.oid
                        OR b.typtype = 'e' AND o.opcintype = 'anyenum'::regtype
                        OR b.typtype = 'r' AND o.opcintype = 'anyrange'::regtype
                        OR b.typcategory = 'A' AND o.opcintype = 'anyarray'::regtype
                        OR EXISTS (SELECT FROM pg_cast c WHERE c.castsource = b.oid AND c.casttarget = o.opcintype
                            AND c.castmethod = 'b' AND c.castcontext = 'i')))
                ORDER BY a.attnum
                """;
        return subject.source().list(sql, row -> row.getString(1), table.oid(), columns);
    }

    private static Map<TableName, List<Key>> keys(Query source, List<TableDefinition> tables) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname, x.relname,
                       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
                             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                             WHERE k.place <= coalesce((to_jsonb(i) ->> 'indnkeyatts')::int, i.indnatts) ORDER BY k.place)
                FROM pg_index i
                JOIN pg_class x ON x.oid = i.indexrelid
                JOIN pg_class c ON c.oid = i.indrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE i.indrelid = ANY (?::oid[]) AND (i.indisunique OR i.indisexclusion)
                ORDER BY n.nspname, c.relname, i.indisprimary DESC, x.relname
                """;
        return source
                .list(
                        sql,
                        row -> new Key(
                                new TableName(row.getString(1), row.getString(2)),
                                row.getString(3),
                                Arrays.asList((String[]) row.getArray(4).getArray())),
                        tables.stream().map(TableDefinition::oid).toList())
                .stream()
                .collect(Collectors.groupingBy(Key::table));
    }
}
