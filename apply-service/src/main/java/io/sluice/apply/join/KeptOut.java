package io.sluice.apply.join;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tables that could not be caught up with, and why. It lasts as long as the run, which begins its stream again where it had
 * read on for such a table already: it would read on once more, and never come further, if the table were among the next
 * ones. Thread-safe.
 */
public final class KeptOut {

    private final Map<TableName, SluiceException> causes = new ConcurrentHashMap<>();

    void add(Collection<TableName> tables, SluiceException cause) {
        tables.forEach(table -> causes.put(table, cause));
    }

    Map<TableName, SluiceException> causes() {
        return Map.copyOf(causes);
    }

    /** Those that another try may help are not kept out of it. */
    void tryAgain() {
        causes.values().removeIf(cause -> cause.code().retry() != ErrorCode.Retry.NEVER);
    }
}
