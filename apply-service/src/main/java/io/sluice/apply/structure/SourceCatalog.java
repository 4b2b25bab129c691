package io.sluice.apply.structure;

import io.sluice.apply.structure.SequenceReader.Sequence;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;

/** Reads the plan from the source's catalogs: some twenty queries, whatever the number of objects. */
final class SourceCatalog {

    private SourceCatalog() {}

    /**
     * @param quiet triggers and foreign keys do not fire for what Sluice writes
     * @param locked relations that cannot be read; what is made of them is not in the plan
     */
    static StructurePlan read(
            Connection source,
            TaskSpec spec,
            SortedMap<TableName, TableDefinition> tables,
            TargetDialect dialect,
            boolean quiet,
            Collection<Long> locked)
            throws SQLException {
        return read(source, spec, tables, DialectRules.of(dialect, source, tables), quiet, locked);
    }

    /** By rules that are known. */
    static StructurePlan read(
            Connection source,
            TaskSpec spec,
            SortedMap<TableName, TableDefinition> tables,
            DialectRules rules,
            boolean quiet,
            Collection<Long> locked)
            throws SQLException {
        Query query = new Query(source, locked);
        SourceObjects objects = new SourceObjects();
        List<Long> chosen = tables.values().stream().map(TableDefinition::oid).toList();
        SchemaReader.read(query, objects);
        TypeReader.read(query, objects);
        List<RawTable> raw = TableReader.read(query, chosen, objects);
        Names names = names(spec, raw, query);
        List<Sequence> sequences = SequenceReader.read(query);
        sequences.forEach(
                sequence -> names.addRelation(sequence.name(), names.sequence(sequence.name(), sequence.table())));
        SequenceReader.add(sequences, objects, rules.dialect());
        TableObjects made = new TableObjects(rules, sequences);
        raw.forEach(table -> made.add(table, objects, names));
        FunctionReader.read(query, objects);
        ViewReader.read(query, objects, names);
        List<Long> all = raw.stream().map(table -> table.ref().oid()).toList();
        IndexReader.read(query, all, objects, names, rules);
        TriggerReader.read(query, objects, quiet, rules);
        CommentReader.read(query, objects);
        List<StructureChoice.Kind> kinds = spec.structure().kinds();
        if (kinds != null && kinds.contains(StructureChoice.Kind.PRIVILEGE)) {
            PrivilegeReader.read(query, objects);
        }
        UnmovedReader.read(query, objects);
        DependencyReader.read(query, objects);
        Names original = new Names(plain(spec), List.of());
        return StructurePlan.of(objects, spec, rules, names, original, sequences, raw, UserType.read(query));
    }

    private static Names names(TaskSpec spec, List<RawTable> tables, Query query) throws SQLException {
        List<TableMapping> mappings = new ArrayList<>();
        tables.forEach(table -> mappings.add(TableMapping.of(spec, table.name())));
        Names names = new Names(spec, mappings);
        for (String schema : query.list(
                "SELECT n.nspname FROM pg_namespace n WHERE " + SchemaReader.OF_USERS, row -> row.getString(1))) {
            names.addSchema(schema);
        }
        tables.forEach(table -> names.addColumns(
                table.name(),
                table.columns().stream().map(column -> column.column().name()).toList()));
        return names;
    }

    /** A task of the same tables that changes no name. */
    private static TaskSpec plain(TaskSpec spec) {
        return new TaskSpec(
                spec.name(),
                spec.mode(),
                spec.source(),
                spec.dialect(),
                spec.target(),
                List.of(),
                List.of(),
                spec.loadWorkers(),
                spec.retry(),
                null);
    }
}
