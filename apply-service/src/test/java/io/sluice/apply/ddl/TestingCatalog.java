package io.sluice.apply.ddl;

import io.sluice.contracts.task.TableName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A target that has what it is given, in schemas that are there. */
class TestingCatalog implements TargetCatalog {

    /** Their types, by their names in whatever table. */
    final Map<String, String> columns = new HashMap<>();

    /** Constraints and indexes. */
    final Set<String> names = new HashSet<>();

    /** Of constraints. */
    final Map<String, String> definitions = new HashMap<>();

    final Set<TableName> relations = new HashSet<>();
    final Map<TableName, List<TableName>> views = new HashMap<>();
    final Set<TableName> filled = new HashSet<>();
    final Map<TableName, String> types = new HashMap<>();

    /** Tables with columns of a type. */
    final Map<TableName, List<TableName>> users = new HashMap<>();

    /** Of partitioned tables. */
    final Map<TableName, String> keys = new HashMap<>();

    final Map<TableName, PartitionOf> partitions = new HashMap<>();

    /** Whatever the bound. */
    boolean room;

    @Override
    public @Nullable String columnType(TableName table, String column) {
        return columns.get(column);
    }

    @Override
    public boolean hasConstraint(TableName table, String name) {
        return names.contains(name);
    }

    @Override
    public @Nullable String constraintDefinition(TableName table, String name) {
        return definitions.get(name);
    }

    @Override
    public boolean hasIndex(String schema, String name) {
        return names.contains(name);
    }

    @Override
    public boolean hasRelation(TableName name) {
        return relations.contains(name) || partitions.containsKey(name) || views.containsKey(name);
    }

    @Override
    public List<String> tables(String schema) {
        return List.of();
    }

    @Override
    public boolean hasSchema(String name) {
        return true;
    }

    @Override
    public @Nullable String partitionKey(TableName table) {
        return keys.get(table);
    }

    @Override
    public @Nullable PartitionOf partitionOf(TableName partition) {
        return partitions.get(partition);
    }

    @Override
    public boolean hasRoom(TableName table, String bound) {
        return room;
    }

    @Override
    public @Nullable List<TableName> viewReads(TableName view) {
        return views.get(view);
    }

    @Override
    public boolean isFilled(TableName view) {
        return filled.contains(view);
    }

    @Override
    public List<TableName> types(String schema) {
        return List.of();
    }

    @Override
    public List<TableName> tablesWith(TableName type) {
        return users.getOrDefault(type, List.of());
    }

    @Override
    public boolean isReferredTo(TableName table) {
        return false;
    }

    @Override
    public boolean hasRefusedRows(String taskId, TableName source) {
        return false;
    }

    @Override
    public boolean hasType(TableName type) {
        return types.containsKey(type);
    }

    @Override
    public @Nullable String typeDefinition(TableName type) {
        return types.get(type);
    }

    @Override
    public List<String> labels(String schema, String type) {
        return List.of();
    }
}
