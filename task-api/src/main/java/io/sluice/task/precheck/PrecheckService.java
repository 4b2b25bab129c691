package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.task.precheck.PrecheckTasks.Candidate;
import io.sluice.task.precheck.check.CheckRun;
import io.sluice.task.precheck.check.Item;
import io.sluice.task.precheck.check.Outcome;
import io.sluice.task.precheck.check.Result;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Prechecks of tasks, and whether they let a task start. */
@ApplicationScoped
public class PrecheckService {

    /** There are fewer checks. */
    private static final int MOST_KEYS = 200;

    private final PrecheckTasks tasks;
    private final PrecheckStore store;
    private final PrecheckRuns runs;

    PrecheckService(PrecheckTasks tasks, PrecheckStore store, PrecheckRuns runs) {
        this.tasks = tasks;
        this.store = store;
        this.runs = runs;
    }

    /**
     * A task that may start.
     *
     * @param tables that its patterns choose, sorted by name
     */
    public record Admission(TaskSpec spec, List<TableDefinition> tables) {}

    /**
     * Tables that may come to a task that runs.
     *
     * @param tables that the patterns choose, sorted by name
     * @param warnings what a user should know of them
     */
    public record Added(List<TableDefinition> tables, List<Warning> warnings) {}

    /**
     * What is worth knowing and keeps nothing from going on.
     *
     * @param key of the check
     * @param fix what to paste, SQL as a rule; empty when nothing can be pasted
     * @param objects the names of what is meant, the first 100
     */
    @Schema(name = "Warning")
    public record Warning(String key, String reason, String fix, List<String> objects) {}

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code PRECHECK_RUNNING} */
    PrecheckView begin(String id) {
        boolean begun = false;
        while (!begun) {
            begun = runs.begin(id, tasks.loadCandidate(id));
        }
        return PrecheckView.of(load(id), false);
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, {@code PRECHECK_NOT_FOUND} */
    PrecheckView latest(String id) {
        Precheck precheck = load(id);
        return PrecheckView.of(precheck, !precheck.fingerprint().equals(Fingerprint.ofTask(tasks.loadStored(id))));
    }

    /**
     * @param keys of warnings that a user has read
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code PRECHECK_NOT_FOUND}, {@code PRECHECK_RUNNING}, {@code
     *     VALIDATION_FAILED} with every key that cannot be confirmed; nothing was confirmed then
     */
    PrecheckView confirm(String id, @Nullable List<@Nullable String> keys) {
        Precheck precheck = load(id);
        if (precheck.running()) {
            throw running(id);
        }
        List<Violation> wrong = new ArrayList<>();
        if (keys == null || keys.isEmpty() || keys.size() > MOST_KEYS) {
            wrong.add(invalid("items", "must name at least one warning, and at most " + MOST_KEYS + "."));
        } else {
            for (int i = 0; i < keys.size(); i++) {
                String problem = problem(precheck, keys.get(i));
                if (problem != null) {
                    wrong.add(invalid("items[" + i + "]", problem));
                }
            }
        }
        if (!wrong.isEmpty()) {
            Violation first = wrong.getFirst();
            throw new SluiceException(first.field() + " " + first.message(), wrong);
        }
        if (!store.confirm(precheck.run(), List.copyOf(keys))) {
            throw running(id);
        }
        return latest(id);
    }

    private static @Nullable String problem(Precheck precheck, @Nullable String key) {
        Optional<Item> found =
                precheck.items().stream().filter(item -> item.key().equals(key)).findFirst();
        if (found.isEmpty()) {
            String warnings = precheck.items().stream()
                    .filter(item -> item.result() == Result.WARNING)
                    .map(Item::key)
                    .collect(Collectors.joining(", "));
            return "is " + key + ", and the latest precheck has no such item; its warnings are: "
                    + (warnings.isEmpty() ? "none." : warnings + ".");
        }
        return switch (found.get().result()) {
            case WARNING -> null;
            case PASSED -> "is " + key + ", which has passed: there is nothing to confirm.";
            case FAILED ->
                "is " + key + ", which has failed: that cannot be confirmed. Remove the cause and run the precheck"
                        + " again.";
        };
    }

    /**
     * Whether a task may start now. Everything is looked at once more, since rights, locks and other people's work change
     * without a word. As long as nothing fails and no warning has come the latest precheck stands, with what was confirmed
     * of it; else this look becomes the latest precheck.
     *
     * @throws SluiceException with everything that failed; {@code PRECHECK_UNCONFIRMED} with every warning that nobody
     *     has confirmed; {@code PRECHECK_RUNNING}, {@code TASK_STATE}, {@code TASK_NOT_FOUND}. Nothing was changed on
     *     source or target then.
     */
    public Admission admit(String id) {
        Optional<Admission> admission = Optional.empty();
        while (admission.isEmpty()) {
            admission = admit(id, tasks.loadCandidate(id));
        }
        return admission.get();
    }

    /** Empty when the task is stored otherwise by now, if only under another key. */
    private Optional<Admission> admit(String id, Candidate candidate) {
        Optional<Precheck> latest =
                store.find(id).filter(precheck -> precheck.allows(Fingerprint.ofTask(candidate.stored())));
        if (latest.isPresent()) {
            requireConfirmed(id, latest.get().unconfirmed());
            Outcome again = runs.look(id, candidate);
            if (again.violations().isEmpty()
                    && latest.get().hasWarningsOf(again.items())
                    && Fingerprint.of(again.tables()).equals(latest.get().tables())) {
                return Optional.of(new Admission(candidate.spec(), again.tables()));
            }
        }
        return runs.carryOut(id, candidate).map(done -> {
            Outcome outcome = done.outcome();
            refuse(outcome.violations());
            requireConfirmed(id, Precheck.unconfirmed(outcome.items(), done.confirmed()));
            return new Admission(candidate.spec(), outcome.tables());
        });
    }

    /**
     * Whether tables may come to a task that runs.
     *
     * @param added of a task that has only these
     * @param confirmed keys of warnings that a user has read
     * @throws SluiceException with everything that failed; {@code PRECHECK_UNCONFIRMED} when rows of the target would be
     *     deleted, and that is not confirmed
     */
    public Added admitAdded(String id, TaskSpec added, Set<String> confirmed) {
        Outcome outcome = runs.added(id, added, confirmed);
        try {
            refuse(outcome.violations());
        } catch (SluiceException e) {
            throw inRequest(e);
        }
        return new Added(
                outcome.tables(),
                outcome.items().stream()
                        .filter(item -> item.result() == Result.WARNING)
                        .map(item -> new Warning(item.key(), item.reason(), item.fix(), item.objects()))
                        .toList());
    }

    /** @return null when there is a check with this key, else what is wrong with it */
    public static @Nullable String unknown(@Nullable String key) {
        return CheckRun.catalog().stream().anyMatch(about -> about.key().equals(key))
                ? null
                : "is " + key + ", and no check is called so; docs/prechecks.md lists them.";
    }

    /** The same with the field of a request that adds tables, instead of that of a specification. */
    public static SluiceException inRequest(SluiceException refusal) {
        List<Violation> violations = refusal.violations().stream()
                .map(violation -> new Violation(
                        violation.field().replace("objects.include", "add"), violation.code(), violation.message()))
                .toList();
        return violations.isEmpty()
                ? refusal
                : new SluiceException(
                        String.valueOf(refusal.getMessage()).replace("objects.include", "add"), violations);
    }

    private static void refuse(List<Violation> violations) {
        if (violations.isEmpty()) {
            return;
        }
        String first = violations.getFirst().message();
        throw new SluiceException(
                violations.size() == 1
                        ? first
                        : first + " And " + (violations.size() - 1) + " more; see violations. Nothing was changed.",
                violations);
    }

    private static void requireConfirmed(String id, List<Item> unconfirmed) {
        if (unconfirmed.isEmpty()) {
            return;
        }
        String keys = unconfirmed.stream().map(item -> '"' + item.key() + '"').collect(Collectors.joining(", "));
        throw new SluiceException(
                "The precheck has warnings that nobody has confirmed. Read them, remove their causes and run the"
                        + " precheck again, or confirm them with POST /api/v1/tasks/" + id
                        + "/prechecks/latest/confirmations {\"items\": [" + keys + "]}; then start again.",
                unconfirmed.stream()
                        .map(item -> new Violation(item.key(), ErrorCode.PRECHECK_UNCONFIRMED, item.reason()))
                        .toList());
    }

    private Precheck load(String id) {
        return store.find(id).orElseThrow(() -> {
            tasks.loadStored(id);
            return new SluiceException(
                    ErrorCode.PRECHECK_NOT_FOUND,
                    "This task has no precheck yet. Run one with POST /api/v1/tasks/" + id + "/prechecks.");
        });
    }

    private static SluiceException running(String id) {
        return new SluiceException(
                ErrorCode.PRECHECK_RUNNING,
                "The precheck is running. Wait until GET /api/v1/tasks/" + id
                        + "/prechecks/latest no longer says RUNNING.");
    }

    private static Violation invalid(String field, String message) {
        return new Violation(field, ErrorCode.VALIDATION_FAILED, message);
    }
}
