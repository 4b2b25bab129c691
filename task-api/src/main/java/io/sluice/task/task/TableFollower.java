package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Takes tables that are made at the source, and that the rules of a running task choose, into the task, when commands are
 * carried over. The source itself says what is new, so none is forgotten whoever dies; of several instances that find one
 * at once, one adds it.
 */
@ApplicationScoped
class TableFollower {

    private static final Logger LOG = Logger.getLogger(TableFollower.class);

    private final ObjectEditing editing;
    private final RunningTables tables;

    /** By task, what cannot join and was said so of; a restart says it once more. */
    private final Map<String, Set<TableName>> unfit = new ConcurrentHashMap<>();

    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    TableFollower(ObjectEditing editing, RunningTables tables) {
        this.editing = editing;
        this.tables = tables;
    }

    /** Each task has a thread of its own: a source that does not answer must not hold up the others. */
    @Scheduled(every = "10s", concurrentExecution = ConcurrentExecution.SKIP)
    void look() {
        List<String> following = tables.following();
        unfit.keySet().retainAll(following);
        for (String id : following) {
            if (busy.add(id)) {
                Thread.ofVirtual().name("new-tables-" + id).start(() -> {
                    try {
                        look(id);
                    } finally {
                        busy.remove(id);
                    }
                });
            }
        }
    }

    private void look(String id) {
        Set<TableName> known = unfit.computeIfAbsent(id, task -> ConcurrentHashMap.newKeySet());
        try {
            editing.follow(id, known);
        } catch (ObjectEditing.Unfit e) {
            known.addAll(e.tables());
            tables.noteProblem(
                    id,
                    e.why(),
                    "Tables are new at the source and cannot join the task: " + ObjectChange.list(e.tables()) + ". "
                            + e.why().getMessage() + " Mend it and add them with POST …/objects, or leave them out with"
                            + " objects.exclude.");
        } catch (SluiceException e) {
            // The task is in another state by now, or the source is away: looked at again.
            LOG.debugf(e, "No look for new tables: task=%s", id);
        } catch (RuntimeException e) {
            LOG.warnf(e, "No look for new tables: task=%s", id);
        }
    }
}
