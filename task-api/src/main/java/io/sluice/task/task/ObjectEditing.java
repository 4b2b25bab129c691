package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.task.endpoint.FieldErrors;
import io.sluice.task.precheck.PrecheckService;
import io.sluice.task.precheck.PrecheckService.Added;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Changes the tables of running tasks; looks at both databases before, outside of any transaction of our own. */
@ApplicationScoped
class ObjectEditing {

    private final RunningTables running;
    private final PrecheckService prechecks;
    private final SecretSeal seal;

    ObjectEditing(RunningTables running, PrecheckService prechecks, SecretSeal seal) {
        this.running = running;
        this.prechecks = prechecks;
        this.seal = seal;
    }

    /**
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code CUTOVER_RUNNING}; {@code VALIDATION_FAILED}
     *     with everything that is wrong with the request, {@code PRECHECK_UNCONFIRMED}, or what the checks found; nothing
     *     was changed then
     */
    ChangedTables change(String id, @Nullable ObjectsRequest request) {
        RunningTables.Tables before = running.load(id);
        List<TaskInput.@Nullable Include> add = request == null || request.add() == null ? List.of() : request.add();
        List<TaskInput.@Nullable Exclude> remove =
                request == null || request.remove() == null ? List.of() : request.remove();
        List<@Nullable String> confirm = request == null || request.confirm() == null ? List.of() : request.confirm();
        checkShape(add, remove, confirm);
        FieldErrors errors = new FieldErrors();
        if (!add.isEmpty() && !before.spec().mode().loads()) {
            errors.invalid("add", "is not possible in mode " + before.spec().mode() + ", which copies no rows.");
        }
        List<TableChoice> choices =
                add.stream().map(Objects::requireNonNull).map(TaskSpecs::choice).toList();
        List<TablePattern> patterns = remove.stream()
                .map(Objects::requireNonNull)
                .map(pattern -> new TablePattern(
                        Objects.requireNonNull(pattern.schema()), Objects.requireNonNull(pattern.table())))
                .toList();
        ObjectChange change = ObjectChange.of(before.spec(), before.names(), choices, patterns, errors);
        errors.throwIfAny();
        Set<String> confirmed = confirm.stream().map(Objects::requireNonNull).collect(Collectors.toSet());
        Added added = change.adds() ? judged(id, before, change, confirmed) : new Added(List.of(), List.of());
        List<TableName> come =
                added.tables().stream().map(TableDefinition::name).toList();
        requireOthers(id, before.spec(), come);
        return new ChangedTables(
                running.change(id, before, change, added.tables(), change.describe(come)), added.warnings());
    }

    /**
     * Adds tables that are new at the source and that the task's rules choose. One that cannot join keeps no other out.
     *
     * @param passed tables to pass over
     * @return why each of those that were found and cannot join cannot; none of them was added
     * @throws SluiceException as {@link #change}; nothing was changed then
     */
    Map<TableName, SluiceException> follow(String id, Collection<TableName> passed) {
        RunningTables.Tables before = running.load(id);
        Set<TableName> known = new HashSet<>(passed);
        known.addAll(before.names());
        NewTables.Found found = NewTables.look(
                id, before.spec(), Credentials.of(before.spec().source(), secret -> seal.open(id, secret)), known);
        if (found.tables().isEmpty()) {
            return Map.of();
        }
        NewTables.Fit fit = NewTables.fit(
                found.tables(),
                // Nobody is there to confirm that rows of the target are deleted.
                tables -> judged(
                                id,
                                before,
                                ObjectChange.ofChosen(before.spec(), tables, found.without(tables)),
                                Set.of())
                        .tables());
        if (!fit.tables().isEmpty()) {
            List<TableName> names =
                    fit.tables().stream().map(TableDefinition::name).toList();
            ObjectChange change = ObjectChange.ofChosen(before.spec(), names, found.without(names));
            running.change(id, before, change, fit.tables(), "new at the source: add " + ObjectChange.list(names));
        }
        return fit.unfit();
    }

    /** A table of the task may have got the name of one that is asked for. */
    private void requireOthers(String id, TaskSpec spec, List<TableName> come) {
        if (come.isEmpty() || !spec.changes().operations().contains(Operation.DDL)) {
            return;
        }
        List<TableName> renamed = new ArrayList<>(
                NewTables.renamed(id, spec, Credentials.of(spec.source(), secret -> seal.open(id, secret))));
        renamed.retainAll(come);
        if (!renamed.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The source has given a table of the task the name " + renamed.getFirst()
                            + ". It takes that over as soon as the changes until then are applied.");
        }
    }

    private static void checkShape(
            List<TaskInput.@Nullable Include> add,
            List<TaskInput.@Nullable Exclude> remove,
            List<@Nullable String> confirm) {
        FieldErrors errors = new FieldErrors();
        if (add.isEmpty() && remove.isEmpty()) {
            errors.invalid(
                    "add", "or remove must name a table, as in [{\"schema\": \"public\", \"table\": \"orders\"}].");
        }
        if (add.size() > ObjectRules.MAXIMUM_RULES || remove.size() > ObjectRules.MAXIMUM_RULES) {
            errors.invalid("add", "and remove must have at most " + ObjectRules.MAXIMUM_RULES + " entries each.");
        } else {
            for (int i = 0; i < add.size(); i++) {
                ObjectRules.checkInclude(errors, "add[" + i + "]", add.get(i));
            }
            for (int i = 0; i < remove.size(); i++) {
                TaskInput.Exclude pattern = remove.get(i);
                if (pattern == null) {
                    errors.invalid("remove[" + i + "]", "must be {\"schema\": ..., \"table\": ...}.");
                } else {
                    ObjectRules.checkPattern(errors, "remove[" + i + "]", pattern.schema(), pattern.table());
                }
            }
        }
        if (confirm.size() > ObjectsRequest.MOST_KEYS) {
            errors.invalid("confirm", "must name at most " + ObjectsRequest.MOST_KEYS + " warnings.");
        } else {
            for (int i = 0; i < confirm.size(); i++) {
                String problem = PrecheckService.unknown(confirm.get(i));
                if (problem != null) {
                    errors.invalid("confirm[" + i + "]", problem);
                }
            }
        }
        errors.throwIfAny();
    }

    /** What both databases say of the new tables. */
    private Added judged(String id, RunningTables.Tables before, ObjectChange change, Set<String> confirmed) {
        TaskSpec added = change.added();
        if (FilterCheck.isNeeded(added)) {
            try {
                FilterCheck.run(added, Credentials.of(added.source(), secret -> seal.open(id, secret)));
            } catch (SluiceException e) {
                throw PrecheckService.inRequest(e);
            }
        }
        Added judged = prechecks.admitAdded(id, added, confirmed);
        Set<TableName> taken = new HashSet<>();
        Set<TableName> going = Set.copyOf(change.removed());
        before.names().stream()
                .filter(name -> !going.contains(name))
                .forEach(name -> taken.add(TableMapping.of(change.spec(), name).target()));
        for (TableDefinition table : judged.tables()) {
            TableName target = TableMapping.of(change.spec(), table.name()).target();
            if (!taken.add(target)) {
                String message = table.name() + " would go into " + target
                        + " on the target, which is filled from another table. Tables that go into one are chosen"
                        + " together, before the task starts; give this one another targetTable.";
                throw new SluiceException(
                        message, List.of(new Violation("add", ErrorCode.TARGET_NAMES_CLASH, message)));
            }
        }
        return judged;
    }
}
