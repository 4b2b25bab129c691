package io.sluice.task.task;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.sluice.http.once.IdempotencyKeys;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

/** Forgets what nobody asks for any more. */
@ApplicationScoped
class Housekeeping {

    private final TaskHistory history;
    private final IdempotencyKeys keys;
    private final HistoryConfig config;

    Housekeeping(TaskHistory history, IdempotencyKeys keys, HistoryConfig config) {
        this.history = history;
        this.keys = keys;
        this.config = config;
    }

    @Scheduled(every = "1h", delayed = "1m", concurrentExecution = ConcurrentExecution.SKIP)
    @Transactional
    void run() {
        history.trim(config.lines());
        keys.forgetOld();
    }
}
