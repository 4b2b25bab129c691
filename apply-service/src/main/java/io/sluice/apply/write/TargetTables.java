package io.sluice.apply.write;

import io.sluice.apply.batch.TableShape;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The task's tables as they are on the target, read when changes begin to be applied. */
public final class TargetTables {

    private final Map<TableName, TableDefinition> definitions;
    private final Map<TableName, TableShape> shapes = new HashMap<>();

    private TargetTables(Map<TableName, TableDefinition> definitions) {
        this.definitions = definitions;
        definitions.forEach((name, table) -> shapes.put(
                name,
                new TableShape(
                        name,
                        new Columns(table.writableColumns().stream()
                                .map(ColumnDefinition::name)
                                .toList()))));
    }

    public static TargetTables read(DatabaseSession target, Collection<TableName> names) {
        return new TargetTables(target.inTransaction(
                "reading table definitions", connection -> new Catalog(connection).findTables(names)));
    }

    /** @throws SluiceException {@code SCHEMA_CHANGED} when the table is not there */
    public TableShape shape(TableName name) {
        TableShape shape = shapes.get(name);
        if (shape == null) {
            throw missing(name);
        }
        return shape;
    }

    TableDefinition definition(TableName name) {
        TableDefinition definition = definitions.get(name);
        if (definition == null) {
            throw missing(name);
        }
        return definition;
    }

    private static SluiceException missing(TableName name) {
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Table " + name + " is not on the target any more. Restore it there, then resume the task.");
    }
}
