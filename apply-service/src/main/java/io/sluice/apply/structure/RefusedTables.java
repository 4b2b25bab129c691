package io.sluice.apply.structure;

import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.ObjectKind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Tables whose rows have no place to go, since the target has not taken what they go into. */
final class RefusedTables {

    private RefusedTables() {}

    /**
     * @param planned by id
     * @param into the tables of the task whose rows go into what is made of a table or partition
     */
    static SortedMap<TableName, SluiceException> of(
            Collection<Entry> entries, Map<String, PlannedObject> planned, Function<TableName, List<TableName>> into) {
        SortedMap<TableName, SluiceException> refused = new TreeMap<>();
        for (Entry entry : entries) {
            TableName table = entry.table();
            if (table != null
                    && entry.kind().equals(ObjectKind.TABLE.name())
                    && entry.state() == State.FAILED
                    && planned.containsKey(entry.id())) {
                SluiceException cause = new SluiceException(
                        ErrorCode.TARGET_OBJECT_FAILED,
                        "Table " + table + " could not be created on the target (" + entry.reason()
                                + "). Mend the cause, or leave it out, and resume the task; the progress shows the"
                                + " statement.");
                into.apply(table).forEach(name -> refused.putIfAbsent(name, cause));
            }
        }
        return refused;
    }
}
