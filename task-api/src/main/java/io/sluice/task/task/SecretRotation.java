package io.sluice.task.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.life.Commands;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Brings every stored credential under the key that seals now; a task at a time, each in a transaction of its own. */
@ApplicationScoped
class SecretRotation {

    private static final int PAGE = 50;
    private static final List<String> ENDPOINTS = List.of("source", "target");

    private final TaskRepository tasks;
    private final TaskJournal journal;
    private final SecretSeal seal;

    SecretRotation(TaskRepository tasks, TaskJournal journal, SecretSeal seal) {
        this.tasks = tasks;
        this.journal = journal;
        this.seal = seal;
    }

    @Transactional
    List<String> taskIds() {
        return tasks.getEntityManager()
                .createQuery("select id from TaskRow order by id", String.class)
                .getResultList();
    }

    /**
     * Seals the credentials of a task again, and repeats its newest order with them, so that the older record leaves the
     * compacted topic.
     *
     * @return false when there is nothing to do: all are sealed with the first key already, or the task is gone
     * @throws SluiceException {@code SECRET_UNREADABLE} when one was sealed with a key that is not known
     */
    @Transactional
    boolean reseal(String taskId) {
        Optional<TaskRow> found = tasks.findLocked(taskId);
        if (found.isEmpty()) {
            return false;
        }
        TaskRow row = found.get();
        if (secrets(row).stream().allMatch(seal::isCurrent)) {
            return false;
        }
        row.spec = resealed(row.spec, secret -> seal.reseal(taskId, secret));
        journal.write(row, Commands.repeat(row.status()));
        return true;
    }

    /**
     * Whether every stored credential can be opened.
     *
     * @throws SluiceException {@code SECRET_UNREADABLE} that names the tasks and the keys that are missing
     */
    @Transactional
    void requireReadable(SecretSeal with) {
        List<String> unreadable = new ArrayList<>();
        TreeSet<String> keys = new TreeSet<>();
        String last = "";
        for (List<TaskRow> some = page(last); !some.isEmpty(); some = page(last)) {
            for (TaskRow row : some) {
                for (SealedSecret secret : secrets(row)) {
                    try {
                        with.open(row.id, secret);
                    } catch (SluiceException e) {
                        unreadable.add(row.name);
                        keys.add(secret.keyId() == null ? "of an earlier release, without an id" : secret.keyId());
                        break;
                    }
                }
            }
            last = some.getLast().id;
            // A specification may have a megabyte.
            tasks.getEntityManager().clear();
        }
        if (!unreadable.isEmpty()) {
            String names = unreadable.stream().limit(10).collect(Collectors.joining(", "));
            throw new SluiceException(
                    ErrorCode.SECRET_UNREADABLE,
                    "The credentials of " + unreadable.size() + " tasks cannot be opened (" + names
                            + "). They were sealed with these keys: " + String.join(", ", keys)
                            + ". Add them to SLUICE_MASTER_KEYS as id:base64key. If a key is lost for good, start once with"
                            + " SLUICE_SECRETS_REQUIRE_READABLE=false and give these tasks their passwords again, or"
                            + " delete them.");
        }
    }

    private List<TaskRow> page(String after) {
        return tasks.find("id > ?1 order by id", after).page(0, PAGE).list();
    }

    private static List<SealedSecret> secrets(TaskRow row) {
        TaskSpec spec = row.taskSpec();
        List<SealedSecret> all = new ArrayList<>(spec.source().secrets());
        all.addAll(spec.target().secrets());
        return all;
    }

    /** Whatever else the specification holds stays as it is. */
    private static String resealed(String spec, UnaryOperator<SealedSecret> reseal) {
        ObjectNode tree = Json.read(spec, ObjectNode.class);
        for (String side : ENDPOINTS) {
            Endpoint endpoint = Json.read(tree.required(side).toString(), Endpoint.class);
            tree.set(side, Json.read(Json.write(endpoint.resealed(reseal)), JsonNode.class));
        }
        return Json.write(tree);
    }
}
