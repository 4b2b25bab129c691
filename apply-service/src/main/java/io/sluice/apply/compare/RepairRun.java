package io.sluice.apply.compare;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Repairs the rows that a comparison has noted, table by table. What is done is kept on the target with the rows
 * themselves, so another run goes on where this one ended.
 */
public final class RepairRun {

    private static final Logger LOG = Logger.getLogger(RepairRun.class);

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(2);
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);
    private static final int MOST_LOCKED = 10;

    /** How often a table is gone on with after an error of a statement that may do well the next time. */
    private static final int MOST_TRIES = 10;

    /** serialization_failure, deadlock_detected, query_canceled: by a time-out of the server's, or by somebody. */
    private static final Set<String> PASSING = Set.of("40001", "40P01", "57014");

    /** After one that has gone on for so long, what kept earlier ones does not count. */
    private static final Duration LONG_ATTEMPT = Duration.ofMinutes(1);

    private final Connections source;
    private final Connections target;
    private final RunContext context;
    private final Consumer<List<TableRepair>> shown;
    private final RepairNotes notes;
    private Map<TableName, TableRepair> results = new TreeMap<>();

    /**
     * @param target whose sessions no claim of the task ends
     * @param shown takes what is known of all tables, whenever one has ended
     */
    public RepairRun(
            Errand.Repair errand,
            Connections source,
            Connections target,
            RunContext context,
            Consumer<List<TableRepair>> shown) {
        this.source = source;
        this.target = target;
        this.context = context;
        this.shown = shown;
        this.notes = new RepairNotes(context.order().taskId(), errand.number(), errand.comparison());
    }

    /**
     * Returns the result of each table.
     *
     * @throws SluiceException when it cannot go on; what was shown last is done
     */
    public List<TableRepair> run() {
        long until = 0;
        int locked = 0;
        while (true) {
            long began = System.nanoTime();
            try (Sessions sessions = new Sessions(source, target, context);
                    DatabaseSession writing = DatabaseSession.open(target, context, setup())) {
                return attempt(sessions, writing);
            } catch (SluiceException e) {
                long now = System.nanoTime();
                if (until == 0 || now - began > LONG_ATTEMPT.toNanos()) {
                    until = now + PATIENCE.toNanos();
                    locked = 0;
                }
                boolean again = e.code() == ErrorCode.OBJECT_LOCKED
                        ? ++locked < MOST_LOCKED
                        : e.code().retry() == ErrorCode.Retry.CONNECTION && now < until;
                if (!again || context.stopping() || context.pause(BETWEEN_ATTEMPTS)) {
                    throw e;
                }
                LOG.infof("A repair waits: task=%s cause=%s", context.order().taskId(), e.getMessage());
            }
        }
    }

    /** Rows are written as the stream writes them, from values as comparisons read them. */
    private List<String> setup() {
        List<String> setup = new ArrayList<>(
                TargetDialect.of(context.order().spec().dialect()).sessionSetup());
        setup.add(Sessions.READ);
        return setup;
    }

    private List<TableRepair> attempt(Sessions sessions, DatabaseSession writing) {
        Map<TableName, List<TableName>> tables = writing.inTransaction("reading rows that differ", on -> {
            new Bookkeeping(context.order()).requireNewest(on);
            notes.prepare(on, new Bookkeeping(context.order()));
            return new TreeMap<>(notes.tables(on));
        });
        results = new TreeMap<>();
        for (Map.Entry<TableName, List<TableName>> table : tables.entrySet()) {
            if (!context.stopping()) {
                repair(table.getKey(), table.getValue(), sessions, writing);
            }
        }
        return List.copyOf(results.values());
    }

    private void repair(TableName name, List<TableName> sources, Sessions sessions, DatabaseSession writing) {
        String problem = problem(name, sources, sessions, writing);
        if (problem != null) {
            writing.transact("noting what is not repaired", on -> {
                new Bookkeeping(context.order()).requireNewest(on);
                notes.refuseAll(on, name, problem);
            });
        }
        results.put(name, writing.inTransaction("reading the repair", on -> notes.result(on, name)));
        shown.accept(List.copyOf(results.values()));
    }

    /** Repairs; returns why that is not possible, or null. */
    private @Nullable String problem(
            TableName name, List<TableName> sources, Sessions sessions, DatabaseSession writing) {
        for (int tries = 1; true; tries++) {
            try {
                return attempt(name, sources, sessions, writing);
            } catch (SluiceException e) {
                boolean ofAll = e.code().retry() == ErrorCode.Retry.CONNECTION
                        || e.code() == ErrorCode.OBJECT_LOCKED
                        || e.code() == ErrorCode.TASK_STATE;
                if (ofAll || context.stopping()) {
                    throw e;
                }
                if (!isPassing(e) || tries == MOST_TRIES) {
                    return String.valueOf(e.getMessage());
                }
                LOG.infof("A table's repair goes on: table=%s cause=%s", name, e.getMessage());
                if (context.pause(BETWEEN_TRIES)) {
                    throw e;
                }
            }
        }
    }

    private static boolean isPassing(SluiceException error) {
        return error.getCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && PASSING.contains(cause.getSQLState());
    }

    private @Nullable String attempt(
            TableName name, List<TableName> sources, Sessions sessions, DatabaseSession writing) {
        TaskOrder order = context.order();
        List<TableMapping> mappings =
                new ArrayList<>(TableMapping.all(order.spec(), order.tables()).values());
        mappings.removeIf(mapping -> !mapping.target().equals(name));
        if (mappings.isEmpty()) {
            return "the table is not one of the task's any more.";
        }
        if (order.spec().transforms().stream()
                .anyMatch(transform -> sources.stream()
                        .map(TableName::toString)
                        .collect(Collectors.toSet())
                        .contains(transform.table()))) {
            return "rows of the table are transformed on their way; reload the table.";
        }
        ComparedTable table = TableGroups.read(mappings, sessions.sourceScan(), sessions.targetScan());
        if (!table.keyed()) {
            return "the table has no key to find a row again by; pause the task and run the comparison's repair SQL, or"
                    + " reload the table.";
        }
        new TableRepairer(mappings, table, sessions, writing, notes, context).run();
        return null;
    }
}
