package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes tables that are made at the source, and that the rules of a running task choose, into the task, when commands are
 * carried over. The source itself says what is new, so none is forgotten whoever dies; of several instances that find one
 * at once, one adds it.
 */
@ApplicationScoped
class TableFollower {

    private static final Logger LOG = Logger.getLogger(TableFollower.class);

    /** What could not join is looked at again; somebody may have mended it. */
    private static final Duration AGAIN = Duration.ofMinutes(5);

    private static final int REASONS = 5;

    /** Each has a session to its source. */
    private static final int LOOKS_AT_ONCE = 16;

    private final ObjectEditing editing;
    private final RunningTables tables;
    private final Clock clock;

    /** By task, what cannot join; a restart says it once more. */
    private final Map<String, Map<TableName, Unfit>> unfit = new ConcurrentHashMap<>();

    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    private final Semaphore looks = new Semaphore(LOOKS_AT_ONCE);

    /** @param why as it was said */
    private record Unfit(String why, Instant looked) {}

    TableFollower(ObjectEditing editing, RunningTables tables, Clock clock) {
        this.editing = editing;
        this.tables = tables;
        this.clock = clock;
    }

    /** Each task has a thread of its own: a few sources that do not answer must not hold up the others. */
    @Scheduled(every = "10s", concurrentExecution = ConcurrentExecution.SKIP)
    void look() {
        List<String> following = tables.following();
        unfit.keySet().retainAll(following);
        for (String id : following) {
            if (busy.add(id)) {
                Thread.ofVirtual().name("new-tables-" + id).start(() -> {
                    looks.acquireUninterruptibly();
                    try {
                        look(id);
                    } finally {
                        looks.release();
                        busy.remove(id);
                    }
                });
            }
        }
    }

    /** One look at a time for each task. */
    void look(String id) {
        Instant now = clock.instant();
        Map<TableName, Unfit> known = unfit.getOrDefault(id, Map.of());
        Map<TableName, Unfit> passed = new HashMap<>(known);
        passed.values().removeIf(one -> !now.isBefore(one.looked().plus(AGAIN)));
        try {
            Map<TableName, SluiceException> found = editing.follow(id, passed.keySet());
            Map<TableName, SluiceException> news = new LinkedHashMap<>(found);
            news.entrySet().removeIf(one -> isSaid(known.get(one.getKey()), one.getValue()));
            say(id, news);
            // A look at many tables takes its time.
            Instant looked = clock.instant();
            found.forEach((table, why) -> passed.put(table, new Unfit(said(why), looked)));
            unfit.put(id, passed);
        } catch (SluiceException e) {
            // The task is in another state by now, or the source is away: looked at again.
            LOG.debugf(e, "No look for new tables: task=%s", id);
        } catch (RuntimeException e) {
            LOG.warnf(e, "No look for new tables: task=%s", id);
        }
    }

    private static boolean isSaid(@Nullable Unfit before, SluiceException why) {
        return before != null && before.why().equals(said(why));
    }

    private static String said(SluiceException why) {
        return String.valueOf(why.getMessage());
    }

    /** One line for each kind of error, with the reasons of the first tables. */
    private void say(String id, Map<TableName, SluiceException> news) {
        Map<ErrorCode, List<TableName>> byCode = news.keySet().stream()
                .collect(Collectors.groupingBy(
                        table -> Objects.requireNonNull(news.get(table)).code(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        byCode.forEach((code, unable) -> {
            String reasons = unable.stream()
                    .limit(REASONS)
                    .map(table -> said(Objects.requireNonNull(news.get(table))))
                    .distinct()
                    .collect(Collectors.joining(" "));
            tables.noteProblem(
                    id,
                    code,
                    "Tables are new at the source and cannot join the task: " + ObjectChange.list(unable) + ". "
                            + reasons + " Mend it, and they join within " + AGAIN.toMinutes()
                            + " minutes, or at once with POST …/objects; until then they are left out.");
        });
    }
}
