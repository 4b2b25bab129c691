package io.sluice.placement;

import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.TaskOrder;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * The tasks that this instance works on, by partition of the order topic. A partition that was just assigned is read
 * from its beginning; its orders are held back until its end is reached, so that no outdated order is carried out.
 * Thread-safe; the lock is this object.
 */
final class TaskRuns {

    private static final Logger LOG = Logger.getLogger(TaskRuns.class);

    private final TaskWorker worker;
    private final Reports reports;
    private final SecretSeal seal;
    private final Clock clock;
    private final Map<Integer, Partition> partitions = new HashMap<>();

    /** A partition that this instance holds. */
    private static final class Partition {
        private final long caughtUpAt;
        private final Map<String, TaskOrder> heldBack = new HashMap<>();
        private final Map<String, TaskRun> runs = new HashMap<>();
        private boolean caughtUp;

        private Partition(long caughtUpAt) {
            this.caughtUpAt = caughtUpAt;
            this.caughtUp = caughtUpAt == 0;
        }
    }

    TaskRuns(TaskWorker worker, Reports reports, SecretSeal seal, Clock clock) {
        this.worker = worker;
        this.reports = reports;
        this.seal = seal;
        this.clock = clock;
    }

    /** @param endOffset where the partition ended when it was assigned */
    synchronized void assigned(int partition, long endOffset) {
        LOG.infof("Partition of orders taken: partition=%d end=%d", partition, endOffset);
        partitions.put(partition, new Partition(endOffset));
    }

    /** Ends every run of these partitions and waits for it, so that another instance finds nothing of ours at work. */
    void revoked(Collection<Integer> lost) {
        List<TaskRun> ending = new ArrayList<>();
        synchronized (this) {
            for (int number : lost) {
                Partition partition = partitions.remove(number);
                if (partition != null) {
                    ending.addAll(partition.runs.values());
                }
            }
        }
        ending.forEach(TaskRun::release);
        for (TaskRun run : ending) {
            try {
                if (!run.awaitEnd(Duration.ofSeconds(10))) {
                    LOG.warn("A run has not ended in time; its next write will be fenced");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    void releaseAll() {
        List<Integer> all;
        synchronized (this) {
            all = List.copyOf(partitions.keySet());
        }
        revoked(all);
    }

    synchronized void order(int number, long offset, TaskOrder order) {
        Partition partition = partitions.get(number);
        if (partition == null) {
            return;
        }
        if (partition.caughtUp) {
            carryOut(partition, order);
        } else {
            partition.heldBack.put(order.taskId(), order);
            reached(number, offset + 1);
        }
    }

    /** The task is gone for good. */
    synchronized void deleted(int number, long offset, String taskId) {
        Partition partition = partitions.get(number);
        if (partition == null) {
            return;
        }
        partition.heldBack.remove(taskId);
        TaskRun run = partition.runs.remove(taskId);
        if (run != null) {
            run.release();
        }
        reached(number, offset + 1);
    }

    /** Every record before {@code offset} has been read. */
    synchronized void reached(int number, long offset) {
        Partition partition = partitions.get(number);
        if (partition != null && !partition.caughtUp && offset >= partition.caughtUpAt) {
            partition.caughtUp = true;
            partition.heldBack.values().forEach(order -> carryOut(partition, order));
            partition.heldBack.clear();
        }
    }

    /** How many tasks this instance works on. */
    synchronized int size() {
        return partitions.values().stream().mapToInt(p -> p.runs.size()).sum();
    }

    private void carryOut(Partition partition, TaskOrder order) {
        partition
                .runs
                .computeIfAbsent(order.taskId(), id -> {
                    TaskRun run = new TaskRun(id, worker, reports, seal, clock);
                    run.start();
                    return run;
                })
                .desire(order);
    }
}
