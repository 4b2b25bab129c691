package io.sluice.task.precheck.check;

import io.sluice.contracts.error.Violation;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;

/**
 * What came of a run.
 *
 * @param items one for each check, in order
 * @param violations what failed, each thing once, in order
 * @param tables the chosen tables, sorted by name
 */
public record Outcome(List<Item> items, List<Violation> violations, List<TableDefinition> tables) {

    public Outcome {
        items = List.copyOf(items);
        violations = List.copyOf(violations);
        tables = List.copyOf(tables);
    }
}
