package io.sluice.apply.structure;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.SourceStructure.SchemaObject;
import io.sluice.apply.structure.SourceStructure.Sequence;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes what the chosen tables need on the target, all of it in one transaction together with the note that Sluice made
 * it: after a crash a table is either ours or not there.
 */
public final class Structure {

    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;
    private final Collection<TableDefinition> tables;
    private final List<SchemaObject> types;
    private final List<Sequence> sequences;
    private final Map<TableName, List<String>> keysAndIndexes = new HashMap<>();

    /** Reads everything from the source at once. */
    public Structure(
            DatabaseSession source,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            Collection<TableDefinition> tables) {
        this.dialect = dialect;
        this.bookkeeping = bookkeeping;
        this.tables = tables;
        SourceStructure structure = new SourceStructure(
                source.connection(), tables.stream().map(TableDefinition::oid).toList());
        this.types = source.inTransaction("reading types", connection -> structure.types());
        this.sequences = source.inTransaction("reading sequences", connection -> structure.sequences());
        Map<Long, List<String>> byOid =
                source.inTransaction("reading keys and indexes", connection -> structure.keysAndIndexes());
        tables.forEach(table -> keysAndIndexes.put(table.name(), byOid.getOrDefault(table.oid(), List.of())));
    }

    /**
     * Makes schemas, types, sequences and those tables that were not made before.
     *
     * @param made tables that this task has made already
     * @throws SluiceException {@code TARGET_OBJECT_FAILED} with the statement that the target refused; {@code
     *     TARGET_TABLE_EXISTS} when a table is there that this task did not make
     */
    public void create(DatabaseSession target, long epoch, Set<TableName> made) {
        List<TableDefinition> missing =
                tables.stream().filter(table -> !made.contains(table.name())).toList();
        if (missing.isEmpty()) {
            return;
        }
        target.transact("creating tables", connection -> {
            bookkeeping.share(connection, epoch);
            for (String schema : schemas()) {
                createSchema(connection, schema);
            }
            for (SchemaObject type : types) {
                if (!exists(connection, "to_regtype(?)", type.schema(), type.name())) {
                    run(connection, type.ddl());
                }
            }
            for (Sequence sequence : sequences) {
                TableName name = sequence.name();
                if (!sequence.ofIdentity() && !exists(connection, "to_regclass(?)", name.schema(), name.table())) {
                    run(connection, sequence.ddl());
                }
            }
            for (TableDefinition table : missing) {
                TableName name = table.name();
                if (exists(connection, "to_regclass(?)", name.schema(), name.table())) {
                    throw new SluiceException(
                            ErrorCode.TARGET_TABLE_EXISTS,
                            "Table " + name + " is on the target already and was not made by this task. Drop or"
                                    + " rename it there, or leave it out.");
                }
                run(connection, dialect.createTable(table));
                bookkeeping.tableMade(connection, name);
            }
            for (Sequence sequence : sequences) {
                if (!sequence.ofIdentity() && !sequence.ownerColumn().isEmpty()) {
                    run(
                            connection,
                            "ALTER SEQUENCE " + Identifier.quote(sequence.name()) + " OWNED BY "
                                    + Identifier.quote(sequence.ownerTable()) + "."
                                    + Identifier.quote(sequence.ownerColumn()));
                }
            }
        });
    }

    /** Adds keys, checks and indexes to a table, in the caller's transaction. */
    public void finish(Connection target, TableName table) throws SQLException {
        for (String sql : keysAndIndexes.getOrDefault(table, List.of())) {
            run(target, sql);
        }
    }

    /** Sets the target's sequences to where the source's are now. */
    public void copySequenceValues(DatabaseSession source, DatabaseSession target, Bookkeeping owner, long epoch) {
        record Value(Sequence sequence, long last, boolean called) {}
        List<Value> values = source.inTransaction("reading sequences", connection -> {
            List<Value> read = new java.util.ArrayList<>();
            for (Sequence sequence : sequences) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery(
                                "SELECT last_value, is_called FROM " + Identifier.quote(sequence.name()))) {
                    row.next();
                    read.add(new Value(sequence, row.getLong(1), row.getBoolean(2)));
                }
            }
            return read;
        });
        target.transact("setting sequences", connection -> {
            owner.share(connection, epoch);
            for (Value value : values) {
                try (PreparedStatement statement = connection.prepareStatement(setSequence(value.sequence()))) {
                    statement.setLong(1, value.last());
                    statement.setBoolean(2, value.called());
                    statement.execute();
                }
            }
        });
    }

    private static String setSequence(Sequence sequence) {
        // The sequence of an identity column may have another name on the target.
        String which = sequence.ofIdentity()
                ? "pg_get_serial_sequence("
                        + Identifier.literal(Identifier.quote(sequence.ownerTable())) + ", "
                        + Identifier.literal(sequence.ownerColumn()) + ")"
                : Identifier.literal(Identifier.quote(sequence.name()));
        return "SELECT setval((" + which + ")::regclass, ?, ?)";
    }

    private Set<String> schemas() {
        Set<String> schemas = new LinkedHashSet<>();
        types.forEach(type -> schemas.add(type.schema()));
        sequences.forEach(sequence -> schemas.add(sequence.name().schema()));
        tables.forEach(table -> schemas.add(table.name().schema()));
        return schemas;
    }

    private static void createSchema(Connection target, String schema) throws SQLException {
        // IF NOT EXISTS would ask for the right to create schemas even when there is nothing to create.
        if (!exists(target, "to_regnamespace(?)", schema, "")) {
            run(target, "CREATE SCHEMA IF NOT EXISTS " + Identifier.quote(schema));
        }
    }

    private static boolean exists(Connection target, String lookup, String schema, String name) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("SELECT " + lookup + " IS NOT NULL")) {
            statement.setString(
                    1,
                    name.isEmpty()
                            ? Identifier.quote(schema)
                            : Identifier.quote(schema) + "." + Identifier.quote(name));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static void run(Connection target, String sql) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            ErrorCode code = PostgresErrors.classify(e);
            if (code == ErrorCode.DATABASE_ERROR || code == ErrorCode.ROW_REFUSED) {
                throw new SluiceException(
                        ErrorCode.TARGET_OBJECT_FAILED,
                        "The target refused: " + sql + " — "
                                + PostgresErrors.explain(e, "creating it").getMessage(),
                        e);
            }
            throw e;
        }
    }
}
