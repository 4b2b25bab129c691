package io.sluice.apply.load;

import io.sluice.apply.position.TableLoad;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says how a table of the source is not the one, or not as it was, when its load was planned, and what to do. */
final class SourceChange {

    private SourceChange() {}

    /**
     * Whether columns that are read have gone or mean something else: then others have come in their place, or after them,
     * where new ones come. Defaults, NOT NULL and the like say nothing of the rows that are there; whether the target can
     * take a column that has come is asked of the target.
     */
    static boolean touches(TableDefinition planned, TableDefinition found, TableMapping mapping) {
        List<String> before = columns(planned, mapping);
        List<String> now = columns(found, mapping);
        return now.size() < before.size() || !now.subList(0, before.size()).equals(before);
    }

    /**
     * @param planned as the structure knows it
     * @param found as it is now, which is not the same; null when it is gone
     */
    static SluiceException changed(TableDefinition planned, @Nullable TableDefinition found, TableMapping mapping) {
        if (found == null) {
            return new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + planned.name() + " is not at the source any more: it was dropped or renamed there since"
                            + " its load began. Restore it, or its name, then resume the task; or stop the task and"
                            + " create one without it.");
        }
        List<String> before = columns(planned, mapping);
        List<String> now = columns(found, mapping);
        List<String> gone = new ArrayList<>(before);
        gone.removeAll(now);
        List<String> come = new ArrayList<>(now);
        come.removeAll(before);
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Columns of table " + planned.name() + " were changed at the source while it was loaded: "
                        + (gone.isEmpty() && come.isEmpty()
                                ? "now " + now + " instead of " + before
                                : "gone " + gone + ", new " + come)
                        + ". Make the same change to table " + mapping.target()
                        + " on the target where it needs one, then resume the task: the table is loaded from its"
                        + " beginning.");
    }

    /** Those that are read, in their order; a transform may look at any. */
    private static List<String> columns(TableDefinition table, TableMapping mapping) {
        return table.columns().stream()
                .filter(column -> mapping.transform() != null || mapping.moves(column.name()))
                .map(column -> column.name() + " " + column.type()
                        + (column.generated() ? " generated as " + column.generatedAs() : ""))
                .toList();
    }

    /** What is streamed is the table that was there, under whatever name it goes now, and not the one in its place. */
    static @Nullable SluiceException replaced(
            List<SourceTable> sources, List<TableDefinition> group, Map<TableName, TableLoad> loads) {
        Map<TableName, Long> known =
                group.stream().collect(Collectors.toMap(TableDefinition::name, TableDefinition::oid));
        return sources.stream()
                .filter(source -> !Objects.equals(
                                known.get(source.name()), source.definition().oid())
                        || begunWithAnother(source, loads.get(source.name())))
                .findFirst()
                .map(source -> new SluiceException(
                        ErrorCode.SCHEMA_CHANGED,
                        "Table " + source.name()
                                + " was dropped and made anew at the source, or another one has taken its"
                                + " name, since its load began. Changes of the new one are not streamed. Reset the"
                                + " task, or remove the table from it and add it again."))
                .orElse(null);
    }

    private static boolean begunWithAnother(SourceTable source, @Nullable TableLoad load) {
        String files = load == null || load.fence() == null ? null : load.sourceFiles();
        return files != null
                && !source.partitioned()
                && !files.startsWith(source.definition().oid() + ":");
    }
}
