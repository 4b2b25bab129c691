package io.sluice.apply.ddl;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.TypeDefinitionSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Asks the target itself, within the transaction that changes it. */
final class CatalogQueries implements TargetCatalog {

    private final Connection target;

    CatalogQueries(Connection target) {
        this.target = target;
    }

    @Override
    public @Nullable String columnType(TableName table, String column) {
        List<String> types = ask("""
                SELECT format_type(a.atttypid, a.atttypmod)
                FROM pg_attribute a
                JOIN pg_class c ON c.oid = a.attrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ? AND a.attname = ? AND a.attnum > 0 AND NOT a.attisdropped
                """, table.schema(), table.table(), column);
        return types.isEmpty() ? null : types.getFirst();
    }

    @Override
    public boolean hasConstraint(TableName table, String name) {
        return constraintDefinition(table, name) != null;
    }

    @Override
    public @Nullable String constraintDefinition(TableName table, String name) {
        List<String> found = ask("""
                SELECT pg_get_constraintdef(k.oid)
                FROM pg_constraint k
                JOIN pg_class c ON c.oid = k.conrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ? AND k.conname = ?
                """, table.schema(), table.table(), name);
        return found.isEmpty() ? null : found.getFirst();
    }

    @Override
    public boolean hasIndex(String schema, String name) {
        return relation(schema, name, "IN ('i', 'I')");
    }

    @Override
    public boolean hasRelation(TableName name) {
        return relation(name.schema(), name.table(), "NOT IN ('i', 'I', 't', 'c')");
    }

    private boolean relation(String schema, String name, String kind) {
        return !ask("""
                SELECT c.relname
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ? AND c.relkind %s
                """.formatted(kind), schema, name).isEmpty();
    }

    @Override
    public boolean hasSchema(String name) {
        return !ask("SELECT nspname FROM pg_namespace WHERE nspname = ?", name).isEmpty();
    }

    @Override
    public List<String> tables(String schema) {
        return ask("""
                SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
                """, schema);
    }

    @Override
    public @Nullable String partitionKey(TableName table) {
        List<String> keys = ask("""
                SELECT pg_get_partkeydef(c.oid)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ? AND c.relkind = 'p'
                """, table.schema(), table.table());
        return keys.isEmpty() ? null : keys.getFirst();
    }

    @Override
    public @Nullable PartitionOf partitionOf(TableName partition) {
        List<String> found = ask("""
                SELECT unnest(ARRAY[wn.nspname::text, w.relname::text, pg_get_expr(c.relpartbound, c.oid)])
                FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_inherits i ON i.inhrelid = c.oid
                JOIN pg_class w ON w.oid = i.inhparent
                JOIN pg_namespace wn ON wn.oid = w.relnamespace
                WHERE n.nspname = ? AND c.relname = ? AND c.relispartition
                """, partition.schema(), partition.table());
        return found.isEmpty() ? null : new PartitionOf(new TableName(found.get(0), found.get(1)), found.get(2));
    }

    /** The server knows best: it is tried, and taken back. */
    @Override
    public boolean hasRoom(TableName table, String bound) {
        String sql = "CREATE TABLE " + Identifier.quote(new TableName(table.schema(), "sluice_" + UUID.randomUUID()))
                + " PARTITION OF " + Identifier.quote(table) + " " + bound;
        try {
            Savepoint before = target.setSavepoint();
            boolean made;
            try (Statement statement = target.createStatement()) {
                statement.execute(sql);
                made = true;
            } catch (SQLException e) {
                if (PassingErrors.passes(e)) {
                    throw e;
                }
                made = false;
            }
            target.rollback(before);
            target.releaseSavepoint(before);
            return made;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for a partition of " + table + " on the target");
        }
    }

    @Override
    public @Nullable List<TableName> viewReads(TableName view) {
        if (!relation(view.schema(), view.table(), "IN ('v', 'm')")) {
            return null;
        }
        return names(ask("""
                SELECT unnest(ARRAY[un.nspname::text, u.relname::text])
                FROM pg_rewrite r
                JOIN pg_class c ON c.oid = r.ev_class
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                JOIN pg_class u ON u.oid = d.refobjid
                JOIN pg_namespace un ON un.oid = u.relnamespace
                WHERE n.nspname = ? AND c.relname = ?
                """, view.schema(), view.table()));
    }

    @Override
    public boolean isFilled(TableName view) {
        return relation(view.schema(), view.table(), "IN ('v', 'm') AND c.relispopulated");
    }

    @Override
    public List<TableName> types(String schema) {
        return ask("""
                SELECT t.typname
                FROM pg_type t
                JOIN pg_namespace n ON n.oid = t.typnamespace
                LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE n.nspname = ? AND t.typtype IN ('e', 'd', 'c', 'r') AND (t.typtype <> 'c' OR c.relkind = 'c')
                """, schema).stream()
                .map(name -> new TableName(schema, name))
                .toList();
    }

    @Override
    public List<TableName> tablesWith(TableName type) {
        return names(ask("""
                SELECT unnest(ARRAY[n.nspname::text, c.relname::text])
                FROM pg_type t
                JOIN pg_namespace tn ON tn.oid = t.typnamespace
                JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.attnum > 0 AND NOT a.attisdropped
                JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE tn.nspname = ? AND t.typname = ?
                """, type.schema(), type.table()));
    }

    private static List<TableName> names(List<String> schemasAndNames) {
        List<TableName> names = new ArrayList<>();
        for (int i = 0; i < schemasAndNames.size(); i += 2) {
            names.add(new TableName(schemasAndNames.get(i), schemasAndNames.get(i + 1)));
        }
        return names;
    }

    @Override
    public boolean isReferredTo(TableName table) {
        return !ask("""
                SELECT k.conname
                FROM pg_constraint k
                JOIN pg_class c ON c.oid = k.confrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE k.contype = 'f' AND n.nspname = ? AND c.relname = ?
                    AND current_setting('session_replication_role') <> 'replica'
                """, table.schema(), table.table()).isEmpty();
    }

    @Override
    public boolean hasRefusedRows(String taskId, TableName source) {
        return !ask("""
                SELECT operation FROM _sluice.exception
                WHERE task_id = ? AND schema_name = ? AND table_name = ? AND state = 'OPEN'
                    AND operation IN ('INSERT', 'UPDATE', 'DELETE')
                """, taskId, source.schema(), source.table()).isEmpty();
    }

    @Override
    public boolean hasType(TableName type) {
        return !ask(
                        "SELECT t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
                                + " WHERE n.nspname = ? AND t.typname = ?",
                        type.schema(),
                        type.table())
                .isEmpty();
    }

    @Override
    public @Nullable String typeDefinition(TableName type) {
        List<String> found = ask(
                "SELECT coalesce(" + TypeDefinitionSql.EXPRESSION + ", '') FROM pg_type t"
                        + " JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = ? AND t.typname = ?",
                type.schema(),
                type.table());
        return found.isEmpty() || found.getFirst().isEmpty() ? null : found.getFirst();
    }

    @Override
    public List<String> labels(String schema, String type) {
        return ask("""
                SELECT e.enumlabel
                FROM pg_enum e
                JOIN pg_type t ON t.oid = e.enumtypid
                JOIN pg_namespace n ON n.oid = t.typnamespace
                WHERE n.nspname = ? AND t.typname = ? ORDER BY e.enumsortorder
                """, schema, type);
    }

    private List<String> ask(String sql, String... parameters) {
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            List<String> answers = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    answers.add(rows.getString(1));
                }
            }
            return answers;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the target's catalog");
        }
    }
}
