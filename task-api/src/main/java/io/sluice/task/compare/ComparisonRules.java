package io.sluice.task.compare;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableName;
import io.sluice.task.endpoint.FieldErrors;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** When a comparison may be asked for, and how. */
final class ComparisonRules {

    static final int DEFAULT_WORKERS = 2;
    private static final int MOST_WORKERS = 16;
    private static final Duration LONGEST_DELAY = Duration.ofDays(366);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMinutes(1);
    private static final int MOST_TABLES = 10_000;

    private ComparisonRules() {}

    /** @throws SluiceException {@code TASK_STATE} while there are no rows on the target that could be compared */
    static void requireComparable(TaskStatus status) {
        boolean loaded = status.step() == Step.LOADED || status.step() == Step.APPLYING;
        boolean ending = status.phase() == Phase.DELETE || status.phase() == Phase.STOP;
        if (!loaded || ending || status.state() == TaskState.STOPPING) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is in " + status.state() + "; a comparison is possible once every table is loaded, until"
                            + " the task is being stopped, and again when it is COMPLETED.");
        }
    }

    /**
     * @param known the tables of the task
     * @return the chosen ones; empty for all
     * @throws SluiceException {@code VALIDATION_FAILED} with everything that is wrong
     */
    static List<TableName> check(ComparisonRequest request, List<TableName> known, Instant now) {
        FieldErrors errors = new FieldErrors();
        if (request.kind() == null) {
            errors.invalid("kind", "must be OBJECTS, ROW_COUNT or CONTENT.");
        }
        Instant at = request.at();
        if (at != null && (at.isBefore(now) || at.isAfter(now.plus(LONGEST_DELAY)))) {
            errors.invalid("at", "must be in the future and within a year.");
        }
        Duration every = request.every();
        if (every != null && (every.compareTo(SHORTEST_INTERVAL) < 0 || every.compareTo(LONGEST_DELAY) > 0)) {
            errors.invalid("every", "must be between a minute (PT1M) and a year.");
        }
        errors.range("workers", request.workers(), 1, MOST_WORKERS);
        if (request.maxRowsPerSecond() != null && request.maxRowsPerSecond() < 1) {
            errors.invalid("maxRowsPerSecond", "must be at least 1; leave it out for no limit.");
        }
        List<TableName> tables = tables(errors, request.tables(), known);
        errors.throwIfAny();
        return tables;
    }

    private static List<TableName> tables(
            FieldErrors errors, @Nullable List<@Nullable String> names, List<TableName> known) {
        List<TableName> tables = new ArrayList<>();
        if (names == null) {
            return tables;
        }
        if (names.isEmpty() || names.size() > MOST_TABLES) {
            errors.invalid("tables", "must name 1 to " + MOST_TABLES + " tables; leave it out for all.");
            return tables;
        }
        Map<String, TableName> byName =
                known.stream().collect(Collectors.toMap(TableName::toString, table -> table, (first, second) -> first));
        for (String name : names) {
            TableName table = byName.get(name);
            if (table == null) {
                errors.invalid("tables", "names " + name + ", which is no table of this task.");
            } else {
                tables.add(table);
            }
        }
        return tables;
    }
}
