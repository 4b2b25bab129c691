package io.sluice.apply.structure;

import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** The sequences that a task makes on its target, also those that no table uses. */
public final class ChosenSequences {

    private ChosenSequences() {}

    /** Returns their names at the source; none when the task makes no sequences. */
    public static List<TableName> of(Connection source, TaskSpec spec, Collection<TableName> tables)
            throws SQLException {
        StructureChoice structure = spec.structure();
        if (!structure.enabled() || !ObjectKind.SEQUENCE.among(structure.kinds())) {
            return List.of();
        }
        TreeMap<TableName, TableDefinition> found = new TreeMap<>(new Catalog(source).findTables(tables));
        return SourceCatalog.read(source, spec, found, TargetDialect.of(spec.dialect()), true, List.of())
                .sequences()
                .stream()
                .map(sequence -> sequence.name())
                .toList();
    }
}
