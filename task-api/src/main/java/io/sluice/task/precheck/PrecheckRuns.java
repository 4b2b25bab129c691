package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.precheck.PrecheckTasks.Candidate;
import io.sluice.task.precheck.check.CheckRun;
import io.sluice.task.precheck.check.Databases;
import io.sluice.task.precheck.check.Item;
import io.sluice.task.precheck.check.Outcome;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs prechecks and keeps what came of them, one at a time for each task. */
@ApplicationScoped
class PrecheckRuns {

    private static final Logger LOG = Logger.getLogger(PrecheckRuns.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final long WRITE_NANOS = Duration.ofMillis(300).toNanos();

    private final PrecheckStore store;
    private final SecretSeal seal;
    private final PrecheckConfig config;

    PrecheckRuns(PrecheckStore store, SecretSeal seal, PrecheckConfig config) {
        this.store = store;
        this.seal = seal;
        this.config = config;
    }

    /**
     * Comes back at once.
     *
     * @return false when the task is stored otherwise by now, or started: nothing was begun
     * @throws SluiceException {@code PRECHECK_RUNNING}, {@code TASK_NOT_FOUND}
     */
    boolean begin(String id, Candidate candidate) {
        Optional<Run> claimed = claim(id, candidate);
        claimed.ifPresent(run -> begin(id, run));
        return claimed.isPresent();
    }

    private static void begin(String id, Run run) {
        Thread.ofVirtual().name("precheck of " + id).start(() -> {
            try {
                run.carryOut();
            } catch (RuntimeException e) {
                LOG.errorf(e, "Precheck of task %s broke", id);
            }
        });
    }

    /**
     * Comes back with what came of it.
     *
     * @return empty when the task is stored otherwise by now, or started: nothing was looked at
     * @throws SluiceException {@code PRECHECK_RUNNING}, {@code TASK_NOT_FOUND}
     */
    Optional<Done> carryOut(String id, Candidate candidate) {
        return claim(id, candidate).map(Run::carryOut);
    }

    /**
     * What came of a run.
     *
     * @param confirmed keys of warnings that were confirmed earlier and say the same
     */
    record Done(Outcome outcome, List<String> confirmed) {}

    /** Looks at everything; nothing is stored. */
    Outcome look(String id, Candidate candidate) {
        return CheckRun.all(databases(id, candidate), config.patience(), items -> {});
    }

    /** Looks at tables that are to come to a running task; nothing is stored. */
    Outcome added(String id, TaskSpec spec, Set<String> confirmed) {
        return CheckRun.added(databases(id, new Candidate(spec, "")), config.patience(), confirmed);
    }

    /**
     * Empty when another specification is stored: what was confirmed is of that one then, and would be lost; and when the task
     * is started by now.
     */
    private Optional<Run> claim(String id, Candidate candidate) {
        Databases databases = databases(id, candidate);
        Optional<Precheck> before = store.find(id);
        String run = UUID.randomUUID().toString();
        if (store.begin(id, candidate.stored(), run, CheckRun.catalog().size())) {
            String fingerprint = Fingerprint.ofTask(candidate.stored());
            return Optional.of(new Run(
                    run, databases, before.filter(last -> last.fingerprint().equals(fingerprint))));
        }
        boolean waiting = store.findWaiting(id, candidate.stored())
                .orElseThrow(() -> new SluiceException(
                        ErrorCode.TASK_NOT_FOUND, "There is no task with the id " + id + " any more."));
        if (!waiting) {
            return Optional.empty();
        }
        throw new SluiceException(
                ErrorCode.PRECHECK_RUNNING,
                "A precheck of this task is running. Wait until GET /api/v1/tasks/" + id
                        + "/prechecks/latest no longer says RUNNING.");
    }

    private Databases databases(String id, Candidate candidate) {
        TaskSpec spec = candidate.spec();
        return new Databases(
                spec,
                Credentials.of(spec.source(), secret -> seal.open(id, secret)),
                Credentials.of(spec.target(), secret -> seal.open(id, secret)));
    }

    /** One run, claimed. */
    private final class Run {

        private final String run;
        private final Databases databases;
        private final Optional<Precheck> before;
        private long written = System.nanoTime();

        /** What is done but not stored, since the last time that something was is a moment ago; null when nothing is. */
        private @Nullable List<Item> unwritten;

        Run(String run, Databases databases, Optional<Precheck> before) {
            this.run = run;
            this.databases = databases;
            this.before = before;
        }

        Done carryOut() {
            Thread heartbeat = Thread.ofVirtual().name("precheck heartbeat").start(this::beat);
            boolean ended = false;
            try {
                Outcome outcome = CheckRun.all(databases, config.patience(), this::progress);
                List<String> confirmed =
                        before.map(last -> last.confirmedOf(outcome.items())).orElse(List.of());
                store.finish(run, outcome.items(), Fingerprint.of(outcome.tables()), confirmed);
                ended = true;
                return new Done(outcome, confirmed);
            } finally {
                heartbeat.interrupt();
                if (!ended) {
                    store.abandon(run);
                }
            }
        }

        private synchronized void progress(List<Item> items) {
            unwritten = items;
            if (System.nanoTime() - written > WRITE_NANOS) {
                write();
            }
        }

        private synchronized void write() {
            if (unwritten != null) {
                written = System.nanoTime();
                store.progress(run, unwritten);
                unwritten = null;
            }
        }

        private void beat() {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.sleep(HEARTBEAT);
                    sayAlive();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void sayAlive() {
            try {
                write();
                store.alive(run);
            } catch (RuntimeException e) {
                LOG.warnf("The heartbeat of a precheck could not be written; it goes on: %s", e.getMessage());
            }
        }
    }
}
