package io.sluice.apply.load;

import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects how far each table is, and reports the ones that changed. Thread-safe; the lock is this object. */
final class LoadProgress {

    private static final int MOST_TABLES = 500;

    private final RunContext context;
    private final Map<TableName, TableProgress> tables = new LinkedHashMap<>();
    private final Map<TableName, TableProgress> changed = new LinkedHashMap<>();

    LoadProgress(RunContext context) {
        this.context = context;
    }

    synchronized void waiting(TableDefinition table) {
        put(new TableProgress(table.name(), TableState.WAITING, table.rowsEstimated(), 0, 0));
    }

    synchronized void done(TableDefinition table, long rows, long bytes) {
        put(new TableProgress(table.name(), TableState.DONE, table.rowsEstimated(), rows, bytes));
    }

    synchronized void state(TableName table, TableState state) {
        TableProgress before = tables.get(table);
        put(new TableProgress(table, state, before.rowsEstimated(), before.rows(), before.bytes()));
    }

    /** Takes over the counts of a copy. */
    synchronized void copied(TableCopy copy) {
        TableProgress before = tables.get(copy.name());
        long bytes = copy.bytes();
        if (bytes != before.bytes() || copy.rows() != before.rows()) {
            put(new TableProgress(copy.name(), before.state(), before.rowsEstimated(), copy.rows(), bytes));
        }
    }

    void send() {
        List<TableProgress> facts;
        synchronized (this) {
            facts = new ArrayList<>(changed.values());
            changed.clear();
        }
        for (int from = 0; from < facts.size(); from += MOST_TABLES) {
            context.report(new Fact.LoadProgress(
                    List.copyOf(facts.subList(from, Math.min(from + MOST_TABLES, facts.size())))));
        }
    }

    private void put(TableProgress progress) {
        TableProgress before = tables.put(progress.table(), progress);
        if (!progress.equals(before)) {
            changed.put(progress.table(), progress);
        }
    }
}
