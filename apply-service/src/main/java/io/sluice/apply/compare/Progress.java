package io.sluice.apply.compare;

import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.task.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** What is known of each table, shown in portions of bounded size. Thread-safe; the lock is this object. */
final class Progress {

    private static final Duration EVERY = Duration.ofMillis(500);
    private static final int MOST_TABLES = 200;

    private final Consumer<List<TableComparison>> shown;
    private final Map<TableName, TableComparison> tables = new LinkedHashMap<>();
    private final Set<TableName> unreported = new LinkedHashSet<>();

    Progress(Consumer<List<TableComparison>> shown) {
        this.shown = shown;
    }

    synchronized void now(TableComparison table) {
        tables.put(table.table(), table);
        unreported.add(table.table());
    }

    synchronized TableComparison of(TableName table) {
        return Objects.requireNonNull(tables.get(table), "table");
    }

    synchronized List<TableComparison> ended() {
        return tables.values().stream().filter(table -> table.state().ended()).toList();
    }

    /** Reports now and then until all workers have ended. */
    void showUntilEnd(List<Thread> workers) {
        report();
        try {
            for (Thread worker : workers) {
                while (!worker.join(EVERY)) {
                    report();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        report();
    }

    private void report() {
        List<TableComparison> some;
        do {
            some = take();
            if (!some.isEmpty()) {
                shown.accept(some);
            }
        } while (some.size() == MOST_TABLES);
    }

    private synchronized List<TableComparison> take() {
        List<TableComparison> some = new ArrayList<>();
        for (TableName name : List.copyOf(unreported).subList(0, Math.min(MOST_TABLES, unreported.size()))) {
            some.add(Objects.requireNonNull(tables.get(name)));
            unreported.remove(name);
        }
        return some;
    }
}
