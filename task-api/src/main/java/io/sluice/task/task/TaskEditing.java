package io.sluice.task.task;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.access.ProjectAccess;
import io.sluice.http.once.IdempotencyKeys;
import io.sluice.task.endpoint.FieldErrors;
import io.sluice.task.task.TaskWriter.Snapshot;
import io.sluice.task.task.TaskWriter.Wish;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Creates, clones and changes tasks: every rule is checked, and the source asked about filters, outside of any
 * transaction of our own.
 */
@ApplicationScoped
class TaskEditing {

    /** @param json the task as it is answered */
    record Created(String id, long version, String json) {}

    private final TaskWriter writer;
    private final TaskJson json;
    private final SecretSeal seal;
    private final ProjectAccess access;

    TaskEditing(TaskWriter writer, TaskJson json, SecretSeal seal, ProjectAccess access) {
        this.writer = writer;
        this.json = json;
        this.seal = seal;
        this.access = access;
    }

    /**
     * @param from the task to clone, whose specification the body changes as a merge patch; null for none
     * @throws SluiceException {@code MALFORMED_REQUEST}, {@code VALIDATION_FAILED} with everything that is wrong,
     *     {@code FILTER_REFUSED}, {@code FORBIDDEN}, {@code TASK_NOT_FOUND}, {@code TASK_NAME_TAKEN},
     *     {@code IDEMPOTENCY_KEY_REUSED}
     * @throws JsonMappingException when a field is unknown or of another type
     */
    Created create(@Nullable String body, @Nullable String from, IdempotencyKeys.@Nullable Request key)
            throws JsonMappingException {
        Optional<String> earlier = key == null ? Optional.empty() : writer.findAnswer(key);
        if (earlier.isPresent()) {
            return json.created(earlier.get());
        }
        TaskInput input = from == null ? json.readTask(body) : readClone(body, from);
        TaskRules.check(input).throwIfAny();
        String id = writer.newId();
        TaskSpec spec = TaskSpecs.of(input, seal, id);
        access.requireOperator(TaskRules.project(input));
        checkFilters(id, spec);
        return json.created(writer.create(id, new Wish(input, spec), key));
    }

    /** Without the original's name and credentials: both must be given. */
    private TaskInput readClone(@Nullable String body, String from) throws JsonMappingException {
        ObjectNode overrides = json.readObject(body);
        TaskView task = writer.load(from).view();
        if (!access.mayView(task.project())) {
            throw TaskRepository.notFound(from);
        }
        ObjectNode original = json.specification(task);
        original.remove("name");
        return json.toTask(MergePatch.apply(original, overrides));
    }

    /**
     * @param ifMatch as in the request's header; null when there is none
     * @param body a JSON merge patch
     * @throws SluiceException as for a creation, {@code PRECONDITION_REQUIRED}, {@code PRECONDITION_FAILED},
     *     {@code TASK_STATE} that names what cannot change now
     * @throws JsonMappingException when a field is unknown or of another type
     */
    TaskView change(String id, @Nullable String ifMatch, @Nullable String body) throws JsonMappingException {
        Snapshot now = writer.load(id);
        ETags.require(ifMatch, now.view().version());
        ObjectNode patch = json.readObject(body);
        ObjectNode before = json.specification(now.view());
        ObjectNode merged = MergePatch.apply(before, patch);
        StoredSecrets secrets = new StoredSecrets(json, seal, id);
        secrets.fill(merged, "source", now.spec().source(), patch);
        secrets.fill(merged, "target", now.spec().target(), patch);
        TaskInput input = json.toTask(merged);
        TaskRules.check(
                        input,
                        patch.path("source").has("tls"),
                        patch.path("target").has("tls"))
                .throwIfAny();

        TaskSpec sealedAnew = TaskSpecs.of(input, seal, id);
        Set<String> fields = differences(before, new Wish(input, sealedAnew));
        fields.addAll(StoredSecrets.given(patch));
        if (fields.isEmpty()) {
            return now.view();
        }
        EditRules.requireAllowed(now.status(), fields);
        requirePasswords(id, now.spec(), sealedAnew, patch, fields);
        access.requireOperator(TaskRules.project(input));
        TaskSpec spec = sealedAnew.between(
                endpoint("source", fields, now.spec().source(), sealedAnew.source()),
                endpoint("target", fields, now.spec().target(), sealedAnew.target()));
        if (concernsFilters(fields)) {
            checkFilters(id, spec);
        }
        return writer.change(id, now, new Wish(input, spec), fields);
    }

    /** A stored password must not be sent to a server that its owner did not name, nor less protected. */
    private void requirePasswords(String id, TaskSpec before, TaskSpec after, ObjectNode patch, Set<String> fields) {
        FieldErrors errors = new FieldErrors();
        requirePassword(id, "source", before.source(), after.source(), patch, fields, errors);
        requirePassword(id, "target", before.target(), after.target(), patch, fields, errors);
        errors.throwIfAny();
    }

    private void requirePassword(
            String id,
            String name,
            Endpoint before,
            Endpoint after,
            ObjectNode patch,
            Set<String> fields,
            FieldErrors errors) {
        // One that is given anew may replace one whose key is lost, so that nothing can be opened.
        if (patch.path(name).hasNonNull("password")
                || seal.open(id, before.password()).reveal().isEmpty()) {
            return;
        }
        Stream.of("host", "port", "username", "tls.caCertificate")
                .filter(field -> fields.contains(name + "." + field))
                .findFirst()
                .ifPresentOrElse(
                        field -> errors.invalid(
                                name + ".password",
                                "must be given again when " + field + " changes: it may go to another server, or"
                                        + " belong to somebody else."),
                        () -> {
                            if (after.tls().mode().compareTo(before.tls().mode()) < 0) {
                                errors.invalid(
                                        name + ".password",
                                        "must be given again when tls.mode is lowered from "
                                                + before.tls().mode() + " to "
                                                + after.tls().mode() + ": it would be less protected.");
                            }
                        });
    }

    private Set<String> differences(ObjectNode before, Wish wish) {
        TaskRow draft = new TaskRow();
        wish.fill(draft);
        return new TreeSet<>(MergePatch.differences(before, json.specification(TaskView.of(draft))));
    }

    /** One that did not change stays as it is sealed, so that the services see no difference. */
    private static Endpoint endpoint(String name, Set<String> fields, Endpoint stored, Endpoint sealedAnew) {
        return fields.stream().anyMatch(field -> field.startsWith(name + ".")) ? sealedAnew : stored;
    }

    private static boolean concernsFilters(Set<String> fields) {
        return fields.stream()
                .anyMatch(field -> field.startsWith("objects.")
                        || List.of("source.host", "source.port", "source.database", "source.username")
                                .contains(field));
    }

    private void checkFilters(String id, TaskSpec spec) {
        if (FilterCheck.isNeeded(spec)) {
            FilterCheck.run(spec, Credentials.of(spec.source(), secret -> seal.open(id, secret)));
        }
    }

    /** @throws SluiceException that names a query parameter which cannot be an id */
    static @Nullable String id(String parameter, @Nullable String value) {
        if (value != null && value.isBlank()) {
            String message = "must be the id of a task.";
            throw new SluiceException(
                    parameter + " " + message, List.of(new Violation(parameter, ErrorCode.VALIDATION_FAILED, message)));
        }
        return value;
    }
}
