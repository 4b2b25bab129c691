package io.sluice.apply.write;

import io.sluice.apply.session.ReplicaRole;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Empties tables that the source has emptied. It may have emptied others with them that are not emptied here, since they
 * are loaded once more, or come in another part of the run; where their foreign keys are on the target, TRUNCATE is
 * refused. Not thread-safe.
 */
record Emptying(Connection target, TargetDialect dialect) {

    /** A foreign key to one of the tables; {@code from} is null when its table is not one of them. */
    private static final String REFERENCES = """
            WITH RECURSIVE emptied AS (
                SELECT c.oid AS root, c.oid AS oid, c.relkind FROM pg_class AS c WHERE c.oid = ANY (?::oid[])
                UNION ALL
                SELECT e.root, c.oid, c.relkind FROM emptied AS e
                JOIN pg_inherits AS i ON i.inhparent = e.oid JOIN pg_class AS c ON c.oid = i.inhrelid
                WHERE e.relkind = 'p')
            SELECT DISTINCT e.root::bigint AS "to",
                (SELECT f.root::bigint FROM emptied AS f WHERE f.oid = c.conrelid) AS "from"
            FROM pg_constraint AS c JOIN emptied AS e ON e.oid = c.confrelid WHERE c.contype = 'f'
            """;

    /**
     * @param truncate false while the target is still going to look at something about these tables, so that it truncates
     *     none of them
     * @throws RefusedChange when TRUNCATE is refused, and a DELETE would look at foreign keys, or go on over them
     */
    void carryOut(List<TableDefinition> tables, boolean truncate) throws SQLException, RefusedChange {
        Set<Long> referenced = referenced(tables);
        List<TableDefinition> together = tables.stream()
                .filter(table -> !referenced.contains(table.oid()))
                .toList();
        try (Statement statement = target.createStatement()) {
            if (!together.isEmpty() && truncate) {
                statement.execute(dialect.truncateTogether(together));
            }
            for (TableDefinition table : tables) {
                boolean isReferred = referenced.contains(table.oid());
                if (isReferred) {
                    requireQuiet(target, table.name());
                }
                if (isReferred || !truncate) {
                    statement.execute("DELETE FROM "
                            + (table.kind() == TableDefinition.Kind.PARTITIONED ? "" : "ONLY ")
                            + Identifier.quote(table.name()));
                }
            }
        }
    }

    /** Those that cannot be truncated: another table refers to them, which is not truncated in the same statement. */
    private Set<Long> referenced(List<TableDefinition> tables) throws SQLException {
        Map<Long, List<Long>> referrers = new HashMap<>();
        Set<Long> referenced = new HashSet<>();
        List<Long> open = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement(REFERENCES)) {
            statement.setArray(
                    1,
                    target.createArrayOf(
                            "int8", tables.stream().map(TableDefinition::oid).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    long to = row.getLong(1);
                    long from = row.getLong(2);
                    if (row.wasNull()) {
                        open.add(to);
                    } else {
                        referrers
                                .computeIfAbsent(from, none -> new ArrayList<>())
                                .add(to);
                    }
                }
            }
        }
        // One that is left out of the statement leaves out those that it refers to.
        while (!open.isEmpty()) {
            long one = open.removeLast();
            if (referenced.add(one)) {
                open.addAll(referrers.getOrDefault(one, List.of()));
            }
        }
        return referenced;
    }

    private static void requireQuiet(Connection target, TableName table) throws SQLException, RefusedChange {
        if (!ReplicaRole.isSet(target)) {
            throw new RefusedChange(
                    "0A000",
                    "TRUNCATE of " + table
                            + " was not carried out: foreign keys of other tables of the target refer"
                            + " to it, and the account may not set session_replication_role. Delete its rows there by"
                            + " hand, then skip this.");
        }
    }
}
