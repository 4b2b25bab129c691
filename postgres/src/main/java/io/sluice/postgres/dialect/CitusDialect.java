package io.sluice.postgres.dialect;

import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL with the extension citus: tables are made as usual, then distributed while they are empty. See "Creating and
 * Modifying Distributed Objects (DDL)" in Citus' manual.
 */
final class CitusDialect extends PostgresqlDialect {

    @Override
    public boolean distributes() {
        return true;
    }

    @Override
    public List<String> createTable(TableBlueprint table) {
        List<String> statements = new ArrayList<>(super.createTable(table));
        Distribution distribution = table.distribution();
        // A partition goes where its parent is.
        if (distribution == null || table.parent() != null) {
            return statements;
        }
        String name = Identifier.literal(Identifier.quote(table.name()));
        switch (distribution.kind()) {
            case HASH ->
                // Tables that are distributed by a column of one type lie together, which Citus does by itself.
                statements.add("SELECT create_distributed_table(" + name + ", "
                        + Identifier.literal(distribution.columns().getFirst()) + ")");
            case REPLICATION -> statements.add("SELECT create_reference_table(" + name + ")");
            case NONE -> {}
        }
        return statements;
    }

    /** A reference table is one without a column that is written on all nodes at once ("Metadata Tables" of the manual). */
    @Override
    public String distributions() {
        return """
                SELECT n.nspname, c.relname,
                    CASE WHEN p.partmethod = 'h' THEN 'HASH'
                         WHEN p.partmethod = 'r' THEN 'RANGE'
                         WHEN p.partmethod = 'a' THEN 'APPEND'
                         WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN 'REPLICATION'
                         ELSE 'NONE' END,
                    CASE WHEN p.partkey IS NOT NULL
                         THEN pg_catalog.column_to_column_name(p.logicalrelid, p.partkey) END
                FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
                JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('r', 'p')
                LEFT JOIN pg_catalog.pg_dist_partition p ON p.logicalrelid = c.oid""";
    }

    @Override
    public @Nullable String refuses(ObjectKind kind) {
        return kind == ObjectKind.RULE ? "Citus knows no rules on distributed tables." : null;
    }

    @Override
    public @Nullable String refusesUnique(List<String> columns, @Nullable Distribution distribution) {
        return withoutDistributionColumn("Citus", columns, distribution);
    }

    @Override
    public @Nullable String refusesForeignKey(ForeignKey key) {
        Distribution of = key.distribution();
        Distribution other = key.otherDistribution();
        boolean spread = of != null && of.kind() == Distribution.Kind.HASH;
        if (other != null && other.kind() == Distribution.Kind.REPLICATION) {
            return null;
        }
        boolean otherSpread = other != null && other.kind() == Distribution.Kind.HASH;
        if (!spread && !otherSpread && !(of != null && of.kind() == Distribution.Kind.REPLICATION)) {
            return null;
        }
        if (spread && otherSpread) {
            int place = key.columns().indexOf(of.columns().getFirst());
            if (place >= 0
                    && Objects.equals(
                            key.otherColumns().get(place), other.columns().getFirst())) {
                return null;
            }
        }
        return "Citus keeps a foreign key only between tables that are distributed by its columns, or to a table that is on"
                + " every node.";
    }

    /** A ctid is a place in one of the shards, and says nothing across them. */
    @Override
    public String removeAll(TableDefinition table, List<String> columns) {
        return "DELETE FROM " + relation(table) + " AS t USING (SELECT ROW(" + images(table, columns)
                + ")::text AS image FROM " + arrays(columns.size()) + ") AS v WHERE ROW(" + texts(columns)
                + ")::text = v.image";
    }

    static @Nullable String withoutDistributionColumn(
            String who, List<String> columns, @Nullable Distribution distribution) {
        if (distribution == null
                || distribution.kind() != Distribution.Kind.HASH
                || columns.containsAll(distribution.columns())) {
            return null;
        }
        return who + " keeps a key unique only when it has the distribution column "
                + String.join(", ", distribution.columns()) + ".";
    }
}
