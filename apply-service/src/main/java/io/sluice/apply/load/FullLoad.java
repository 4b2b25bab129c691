package io.sluice.apply.load;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LoadNotes;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.Structure;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SessionLimits;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Copies every table that is not complete yet, in rounds: one round is one snapshot of the source, read by several
 * workers. A table whose copy was interrupted goes on where it can ({@link Reconciliation}), else it begins again;
 * complete ones are left alone. The stream of changes may run meanwhile: a table's fence is noted when its rows are
 * complete. One use per object.
 */
public final class FullLoad {

    private static final Logger LOG = Logger.getLogger(FullLoad.class);

    private static final int ROUNDS_TOGETHER = 3;
    private static final int NAMED = 20;
    private static final Duration PAUSE = Duration.ofMillis(300);

    private final Loading loading;

    public FullLoad(
            Connections source,
            Connections target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            Structure structure,
            RunContext context,
            LoadSlots slots,
            LoadMeter meter,
            long epoch) {
        this.loading = new Loading(
                context.order(),
                source,
                target,
                dialect,
                bookkeeping,
                new LoadNotes(context.order().taskId()),
                structure,
                context,
                slots,
                meter,
                new LoadProgress(context, meter, System::nanoTime),
                new LoadPace(context, Clock.systemUTC()),
                epoch);
    }

    /**
     * Returns when every table is complete, or the run must end.
     *
     * @param tables some or all tables of the task, as the structure knows them; those that share a table of the target
     *     together
     * @param loads what is noted of them
     * @param waiting tables of the task that cannot be loaded now, and why: they have failed, and the others are loaded
     * @throws SluiceException when tables failed, after the others are complete; or the first error that is not about a
     *     table
     */
    public void run(
            Collection<TableDefinition> tables,
            Map<TableName, TableLoad> loads,
            Map<TableName, SluiceException> waiting) {
        Map<TableName, TableDefinition> left = new LinkedHashMap<>();
        for (TableDefinition table : tables) {
            TableLoad load = loads.get(table.name());
            if (load != null && load.done()) {
                loading.progress().add(table, load.rows(), load.bytes(), true);
            } else {
                left.put(table.name(), table);
                loading.progress().add(table, 0, 0, false);
            }
        }
        waiting.forEach((table, cause) -> loading.progress().failed(table, String.valueOf(cause.getMessage())));
        loading.progress().send();
        Map<TableName, SluiceException> failures = new LinkedHashMap<>(waiting);
        try {
            copy(left, failures);
        } finally {
            loading.progress().end();
        }
        if (!failures.isEmpty() && !loading.context().stopping()) {
            throw failed(failures);
        }
    }

    private void copy(Map<TableName, TableDefinition> tables, Map<TableName, SluiceException> failures) {
        Map<TableName, TableDefinition> left = tables;
        Set<TableName> afresh = Set.of();
        for (int round = 1; !left.isEmpty() && !loading.context().stopping(); round++) {
            List<List<TableDefinition>> sets =
                    round <= ROUNDS_TOGETHER ? List.of(List.copyOf(left.values())) : alone(left);
            Map<TableName, TableDefinition> again = new LinkedHashMap<>();
            for (List<TableDefinition> set : sets) {
                again.putAll(round(set, round <= ROUNDS_TOGETHER, afresh, failures));
            }
            left = again;
            afresh = Set.copyOf(again.keySet());
            if (!left.isEmpty()) {
                LOG.warnf(
                        "Tables were changed at the source while they were copied, their copy begins again: tables=%s",
                        left.keySet());
                left.values().forEach(table -> loading.progress().again(table.name()));
                // Who rewrites a table all the time gets a chance to be done with it.
                loading.context().pause(PAUSE.multipliedBy(Math.min(round, ROUNDS_TOGETHER)));
            }
        }
    }

    /** For tables that are rewritten all the time: under a snapshot of its own each is read at once and in one piece. */
    private List<List<TableDefinition>> alone(Map<TableName, TableDefinition> tables) {
        return tables.values().stream()
                .collect(Collectors.groupingBy(
                        table -> loading.structure().mapping(table.name()).target(),
                        LinkedHashMap::new,
                        Collectors.toList()))
                .values()
                .stream()
                .toList();
    }

    /** Returns the tables that must begin again. */
    private Map<TableName, TableDefinition> round(
            List<TableDefinition> tables,
            boolean pieces,
            Set<TableName> afresh,
            Map<TableName, SluiceException> failures) {
        Map<TableName, TableDefinition> again = new LinkedHashMap<>();
        try (DatabaseSession holder = DatabaseSession.open(
                        loading.source(), loading.context(), List.of(DatabaseSession.LOCK_TIMEOUT));
                ColumnWatch columns = new ColumnWatch(DatabaseSession.open(
                        loading.source(), loading.context(), List.of(DatabaseSession.LOCK_TIMEOUT)));
                DatabaseSession keeper = DatabaseSession.open(
                        loading.target(), loading.context(), List.of(SessionLimits.lockWaits("5s")))) {
            SourceParts before = holder.inTransaction(
                    "asking where the tables are stored", connection -> SourceParts.read(connection, tables));
            SourceSnapshot snapshot = take(holder);
            RoundPlan plan = new RoundPlan(loading, holder, keeper, snapshot, before, pieces, afresh);
            WorkQueue queue = plan.make(tables);
            plan.failures()
                    .forEach((name, cause) -> loading.progress().failed(name, String.valueOf(cause.getMessage())));
            failures.putAll(plan.failures());
            plan.movedTables().forEach(table -> again.put(table.name(), table));
            new CopyRound(loading, snapshot, columns, queue, pieces ? Integer.MAX_VALUE : 1).run();
            for (TableCopy copy : queue.rewritten()) {
                copy.sources().forEach(source -> again.put(source.name(), source.definition()));
            }
            for (TableCopy copy : queue.failed()) {
                SluiceException cause = copy.failure();
                if (cause != null) {
                    copy.names().forEach(name -> failures.put(name, cause));
                }
            }
        }
        return again;
    }

    private static SourceSnapshot take(DatabaseSession holder) {
        try {
            return SourceSnapshot.take(holder);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "taking a snapshot of the source");
        }
    }

    /** One error for all of them; as long as one of them may be helped by another try, all are tried again. */
    private static SluiceException failed(Map<TableName, SluiceException> failures) {
        List<SluiceException> causes = new ArrayList<>(failures.values());
        SluiceException leading = causes.stream()
                .filter(cause -> cause.code().retry() != ErrorCode.Retry.NEVER)
                .findFirst()
                .orElse(causes.getFirst());
        String text = failures.entrySet().stream()
                .limit(NAMED)
                .map(entry -> entry.getKey() + ": " + entry.getValue().getMessage())
                .collect(Collectors.joining("\n"));
        return new SluiceException(
                leading.code(),
                failures.size()
                        + " tables could not be loaded, all others are complete. Resuming the task loads only these."
                        + "\n" + text + (failures.size() > NAMED ? "\n…" : ""),
                leading);
    }

    /** @throws SluiceException {@code SCHEMA_CHANGED} that names the tables which were not found at the source */
    public static void requireAll(Collection<TableName> tables, Set<TableName> found) {
        List<String> gone = tables.stream()
                .filter(table -> !found.contains(table))
                .map(TableName::toString)
                .toList();
        if (!gone.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Tables are not at the source any more: " + String.join(", ", gone)
                            + ". All others are loaded. Restore them, or stop the task and create one without them.");
        }
    }
}
