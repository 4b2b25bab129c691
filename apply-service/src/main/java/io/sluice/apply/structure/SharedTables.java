package io.sluice.apply.structure;

import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which tables of the source go into the same table of the target, the first of which it is made from. */
final class SharedTables {

    private final Map<TableName, List<TableName>> bySource;

    private SharedTables(Map<TableName, List<TableName>> bySource) {
        this.bySource = bySource;
    }

    /** @param mappings sorted by the source's names */
    static SharedTables of(Collection<TableMapping> mappings) {
        Map<TableName, List<TableName>> byTarget = new HashMap<>();
        mappings.forEach(mapping -> byTarget.computeIfAbsent(mapping.target(), name -> new ArrayList<>())
                .add(mapping.source()));
        Map<TableName, List<TableName>> bySource = new HashMap<>();
        byTarget.values().forEach(list -> list.forEach(name -> bySource.put(name, List.copyOf(list))));
        return new SharedTables(bySource);
    }

    boolean has(TableName source) {
        return bySource.containsKey(source);
    }

    /** This one among them; sorted. Any other table is alone. */
    List<TableName> with(TableName source) {
        return bySource.getOrDefault(source, List.of(source));
    }

    TableName leader(TableName source) {
        return with(source).getFirst();
    }

    boolean leads(TableName source) {
        return leader(source).equals(source);
    }
}
