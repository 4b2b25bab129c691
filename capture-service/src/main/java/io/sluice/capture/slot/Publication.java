package io.sluice.capture.slot;

import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The publication of a task. Its comment is the durable fact that capture has once begun: it is set after the first record
 * is in the change topic, and is gone with the publication, so neither a lost topic nor a publication that somebody made
 * again passes for a first start. Not thread-safe.
 */
public final class Publication {

    /** Partitions change under the name of their root from 13 on. */
    private static final int VIA_ROOT_SINCE = 13;

    private static final String BEGUN = "Sluice has begun to capture";

    private final Connection connection;
    private final String name;

    /** @param connection in auto-commit mode: the publication must be committed before the slot is made */
    public Publication(Connection connection, String taskId) {
        this.connection = connection;
        this.name = Topics.publication(taskId);
    }

    /**
     * @param oid changes when the publication is dropped and made again
     * @param begun the first record of the task has been in the change topic
     */
    public record State(long oid, boolean begun, boolean allOperations, boolean allTables) {}

    public @Nullable State find() {
        String sql = """
                SELECT oid, obj_description(oid, 'pg_publication') IS NOT DISTINCT FROM ?,
                       pubinsert AND pubupdate AND pubdelete AND pubtruncate, puballtables
                FROM pg_publication WHERE pubname = ?
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, BEGUN);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new State(row.getLong(1), row.getBoolean(2), row.getBoolean(3), row.getBoolean(4))
                        : null;
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the publication " + name);
        }
    }

    /** Makes the publication list exactly these tables, with every kind of change. */
    public State ensure(Collection<TableName> tables) {
        State found = find();
        try {
            if (found != null && found.allTables()) {
                throw new SluiceException(
                        ErrorCode.SLOT_LOST,
                        "The publication " + name
                                + " was replaced by one for all tables. Drop it and reload the tables.");
            }
            if (found == null) {
                execute("CREATE PUBLICATION " + Identifier.quote(name) + " FOR TABLE " + list(tables) + " WITH ("
                        + options() + ")");
            } else {
                if (!found.allOperations()) {
                    execute("ALTER PUBLICATION " + Identifier.quote(name) + " SET (" + options() + ")");
                }
                if (!tables().equals(Set.copyOf(tables))) {
                    execute("ALTER PUBLICATION " + Identifier.quote(name) + " SET TABLE " + list(tables));
                }
            }
        } catch (SQLException e) {
            // undefined_table, invalid_schema_name
            if ("42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState())) {
                throw new SluiceException(
                        ErrorCode.SCHEMA_CHANGED, "A table of the task is gone: " + e.getMessage(), e);
            }
            throw PostgresErrors.explain(e, "making the publication " + name);
        }
        State ensured = find();
        if (ensured == null) {
            throw new SluiceException(ErrorCode.DATABASE_ERROR, "the publication " + name + " was dropped meanwhile");
        }
        return ensured;
    }

    /** Leaves the fact that the first record is in the change topic. */
    public void markBegun() {
        try {
            execute("COMMENT ON PUBLICATION " + Identifier.quote(name) + " IS " + Identifier.literal(BEGUN));
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "commenting on the publication " + name);
        }
    }

    public void drop() {
        try {
            execute(dropSql());
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "dropping the publication " + name);
        }
    }

    /** For a user to run by hand. */
    public String dropSql() {
        return "DROP PUBLICATION IF EXISTS " + Identifier.quote(name);
    }

    private Set<TableName> tables() throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname
                FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid
                JOIN pg_class c ON c.oid = r.prrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE p.pubname = ?
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            Set<TableName> tables = new TreeSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
            return tables;
        }
    }

    /** ONLY: a child of an inheritance tree is a table of its own, and may not have been chosen. */
    private static String list(Collection<TableName> tables) {
        return tables.stream().map(table -> "ONLY " + Identifier.quote(table)).collect(Collectors.joining(", "));
    }

    private String options() throws SQLException {
        boolean viaRoot = connection.getMetaData().getDatabaseMajorVersion() >= VIA_ROOT_SINCE;
        return "publish = 'insert, update, delete, truncate'" + (viaRoot ? ", publish_via_partition_root = true" : "");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
