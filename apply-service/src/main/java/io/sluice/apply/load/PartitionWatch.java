package io.sluice.apply.load;

import io.sluice.apply.ThreadEnd;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LoadNotes.MovedParts;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks, beside the stream, whether rows of partitioned tables have come or gone in a way that PostgreSQL publishes
 * nothing of under the name of the root: a partition that was attached with rows, detached, dropped or truncated alone.
 * What the source kept the rows in when they were copied, or when the task took the tables as they were, is noted on the target, so nothing is missed between two runs.
 * {@link #next} is for another thread.
 */
public final class PartitionWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(PartitionWatch.class);

    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);

    private final Connections source;
    private final Connections target;
    private final Bookkeeping bookkeeping;
    private final TableTurns turns;
    private final boolean followsCommands;
    private final RunContext context;
    private final Queue<MovedParts> found = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    /** What may take long to answer. */
    private volatile @Nullable DatabaseSession asked;

    /** @param followsCommands what a command of the source has done to partitions may be done on the target, too, once it comes */
    public PartitionWatch(
            Connections source,
            Connections target,
            Bookkeeping bookkeeping,
            String taskId,
            boolean followsCommands,
            RunContext context) {
        this.followsCommands = followsCommands;
        this.source = source;
        this.target = target;
        this.bookkeeping = bookkeeping;
        this.turns = new TableTurns(taskId);
        this.context = context;
        this.thread = Thread.ofPlatform().name("partitions-" + taskId).unstarted(this::work);
    }

    /** Where the rows of partitioned tables are at the source, by table; of other tables nothing. */
    public static Map<TableName, String> files(Connections source, RunContext context, Collection<TableName> tables) {
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of())) {
            return files(reader, tables);
        }
    }

    /** The same over a session. */
    public static Map<TableName, String> files(DatabaseSession source, Collection<TableName> tables) {
        return source.inTransaction("asking where the tables are stored", connection -> {
            Map<TableName, String> files = new HashMap<>();
            LeafPartition.read(connection, tables)
                    .forEach((table, leaves) -> files.put(table, LeafPartition.files(leaves)));
            return files;
        });
    }

    public void begin() {
        thread.start();
    }

    /**
     * What was found and not taken yet; null when there is nothing.
     *
     * @param passed everything before this place of the source's log is on the target
     */
    public @Nullable MovedParts next(Lsn passed) {
        MovedParts first = found.peek();
        return first == null || followsCommands && first.until().compareTo(passed) > 0 ? null : found.poll();
    }

    private void work() {
        boolean any = true;
        while (any && !closed && !context.stopping()) {
            try (DatabaseSession there = DatabaseSession.open(target, context, List.of());
                    DatabaseSession here = DatabaseSession.open(source, context, List.of())) {
                asked = here;
                any = !closed && look(there, here);
            } catch (SluiceException e) {
                LOG.debugf(e, "Partitions could not be looked at; that is tried again");
            } finally {
                asked = null;
            }
            long until = System.nanoTime() + LOOK_EVERY.toNanos();
            while (any && !closed && System.nanoTime() < until && !context.pause(Duration.ofMillis(200))) {
                // Whoever closes it does not wait for the next look.
            }
        }
    }

    /** Returns whether there are partitioned tables at all. */
    private boolean look(DatabaseSession there, DatabaseSession here) {
        Map<TableName, String> noted = new HashMap<>();
        for (TableLoad load : there.inTransaction("reading the bookkeeping", bookkeeping::tableLoads)
                .values()) {
            if (load.done() && load.sourceFiles() != null) {
                noted.put(load.table(), load.sourceFiles());
            }
        }
        there.inTransaction("reading what is loaded", turns::apart).forEach(noted::remove);
        List<MovedParts> moved = new ArrayList<>();
        boolean any = here.inTransaction("looking at partitions", connection -> {
            Map<TableName, List<LeafPartition>> leaves = LeafPartition.read(connection, noted.keySet());
            Lsn until = LeafPartition.logEnd(connection);
            for (Map.Entry<TableName, List<LeafPartition>> one : leaves.entrySet()) {
                String before = noted.get(one.getKey());
                String now = LeafPartition.files(one.getValue());
                if (before != null && !before.equals(now)) {
                    moved.add(new MovedParts(
                            one.getKey(),
                            before,
                            now,
                            LeafPartition.findings(connection, before, one.getValue()),
                            until));
                }
            }
            return !leaves.isEmpty();
        });
        found.addAll(moved);
        return any;
    }

    @Override
    public void close() {
        closed = true;
        DatabaseSession session = asked;
        if (session != null) {
            session.cut();
        }
        ThreadEnd.await(thread);
    }
}
