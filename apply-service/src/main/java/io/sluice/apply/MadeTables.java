package io.sluice.apply;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.StructureEnd;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SessionLimits;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Drops the tables that a task made on its target, as its bookkeeping names them. Nothing else goes with them: what
 * others have built upon a table keeps it, and is named.
 */
final class MadeTables {

    /** In one transaction: each table, index and TOAST table takes a place among the server's locks. */
    private static final int AT_ONCE = 500;

    /** SQLSTATE dependent_objects_still_exist. */
    private static final String DEPENDENT_OBJECTS = "2BP01";

    private final TaskOrder order;
    private final DatabaseSession session;
    private final DatabaseSession.Action fence;

    private MadeTables(TaskOrder order, DatabaseSession session, DatabaseSession.Action fence) {
        this.order = order;
        this.session = session;
        this.fence = fence;
    }

    /**
     * Nothing where tables may have been there before the task came: whose they are cannot be told.
     *
     * @param epoch of the claim of the removal; each transaction looks at it, since whoever has it may have made the tables
     *     anew
     * @return what could not be dropped
     */
    static List<Leftover> drop(TaskOrder order, Bookkeeping bookkeeping, long epoch, DatabaseSession session) {
        return new MadeTables(order, session, connection -> bookkeeping.share(connection, epoch)).drop(bookkeeping);
    }

    private List<Leftover> drop(Bookkeeping bookkeeping) {
        StructureChoice structure = order.spec().structure();
        if (!order.dropTables()
                || !order.spec().mode().loads()
                || !structure.enabled()
                || structure.existingTable() != ExistingTable.FAIL) {
            return List.of();
        }
        List<TableName> left =
                session.inTransaction("reading the bookkeeping", connection -> made(bookkeeping, connection));
        List<Leftover> leftovers = new ArrayList<>();
        for (String sql : session.inTransaction(
                "reading the structure's log", connection -> StructureEnd.dropViews(connection, order))) {
            // One that cannot go keeps its tables, which are then named.
            tried(sql);
        }
        // What refers to a table goes before it: as long as some go, the others are tried again.
        for (int before = left.size() + 1; !left.isEmpty() && left.size() < before; ) {
            before = left.size();
            leftovers.clear();
            left = round(left, leftovers);
            if (!left.isEmpty() && dropFunctions(left)) {
                before = left.size() + 1;
            }
        }
        return leftovers;
    }

    /**
     * Functions of the task that take or give rows of these tables.
     *
     * @return whether one could be dropped
     */
    private boolean dropFunctions(List<TableName> tables) {
        boolean dropped = false;
        for (String sql : session.inTransaction(
                "reading the structure's log", connection -> StructureEnd.dropFunctions(connection, order))) {
            dropped |= session.inTransaction("dropping functions", connection -> {
                fence.on(connection);
                Savepoint before = connection.setSavepoint();
                try (Statement statement = connection.createStatement()) {
                    long uses = uses(connection, tables);
                    statement.execute(SessionLimits.lockWaitsOfTransaction("10s"));
                    statement.execute(sql);
                    if (uses(connection, tables) < uses) {
                        return true;
                    }
                } catch (SQLException e) {
                    // It stays, and the table with it, whose error says so.
                    if (PostgresErrors.classify(e) == ErrorCode.CONNECTION_LOST) {
                        throw e;
                    }
                }
                connection.rollback(before);
                return false;
            });
        }
        return dropped;
    }

    /** How many times functions name the row types of these tables. */
    private static long uses(Connection target, List<TableName> tables) throws SQLException {
        String sql = """
                SELECT count(*)
                FROM (SELECT unnest(?::text[]) AS schema, unnest(?::text[]) AS name) AS wanted
                JOIN pg_namespace n ON n.nspname = wanted.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
                JOIN pg_type t ON t.oid = c.reltype
                JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
                WHERE d.classid = 'pg_proc'::regclass
                """;
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            TableArrays.set(statement, 1, tables);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private List<TableName> made(Bookkeeping bookkeeping, Connection target) throws SQLException {
        return List.copyOf(bookkeeping.tableLoads(target).keySet().stream()
                .map(table -> TableMapping.of(order.spec(), table).target())
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    private List<TableName> round(List<TableName> tables, List<Leftover> leftovers) {
        List<TableName> left = new ArrayList<>();
        for (int from = 0; from < tables.size(); from += AT_ONCE) {
            List<TableName> some = tables.subList(from, Math.min(from + AT_ONCE, tables.size()));
            if (tried(some) != null) {
                for (TableName table : some) {
                    Refusal refusal = tried(List.of(table));
                    if (refusal != null) {
                        left.add(table);
                        String sql = sql(List.of(table)) + (refusal.dependants() ? " CASCADE" : "");
                        leftovers.add(new Leftover("table " + table + " on the target", refusal.reason(), sql));
                    }
                }
            }
        }
        return left;
    }

    /**
     * Why something could not be dropped.
     *
     * @param dependants others' objects stand upon it, and are named
     */
    private record Refusal(String reason, boolean dependants) {

        static Refusal of(SluiceException e) {
            String message = String.valueOf(e.getMessage());
            ServerErrorMessage server =
                    e.getCause() instanceof PSQLException thrown ? thrown.getServerErrorMessage() : null;
            if (server == null || !DEPENDENT_OBJECTS.equals(server.getSQLState()) || server.getDetail() == null) {
                return new Refusal(message, false);
            }
            return new Refusal(
                    message + " (" + server.getDetail().replace("\n", "; ")
                            + "): drop these first, or let CASCADE take them along",
                    true);
        }
    }

    /** @return why it could not be done; null when it was */
    private @Nullable Refusal tried(List<TableName> tables) {
        return tried(sql(tables));
    }

    private @Nullable Refusal tried(String sql) {
        try {
            session.transact("dropping tables", connection -> {
                fence.on(connection);
                try (Statement statement = connection.createStatement()) {
                    // Who reads a table must not keep the whole clean-up waiting.
                    statement.execute(SessionLimits.lockWaitsOfTransaction("10s"));
                    statement.execute(sql);
                }
            });
            return null;
        } catch (SluiceException e) {
            if (e.code() == ErrorCode.CONNECTION_LOST) {
                throw e;
            }
            return Refusal.of(e);
        }
    }

    private static String sql(Collection<TableName> tables) {
        return "DROP TABLE IF EXISTS " + tables.stream().map(Identifier::quote).collect(Collectors.joining(", "));
    }
}
