package io.sluice.task.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Endpoint;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of a stored endpoint, for a document that is checked and sealed again: who renames a database need
 * not send the password once more. Such a document lives in memory for one request and is never printed.
 */
final class StoredSecrets {

    /** Within an endpoint. */
    private static final List<String> PATHS = List.of("/password", "/tls/clientKey", "/tls/clientKeyPassword");

    private final TaskJson json;
    private final SecretSeal seal;
    private final String taskId;

    StoredSecrets(TaskJson json, SecretSeal seal, String taskId) {
        this.json = json;
        this.seal = seal;
        this.taskId = taskId;
    }

    /**
     * Fills in what neither the document nor the patch speaks of. One whose key is lost stays out, as if it had never been given: it
     * has to be given again.
     */
    void fill(ObjectNode document, String endpoint, Endpoint stored, ObjectNode patch) {
        if (!(document.get(endpoint) instanceof ObjectNode object)) {
            return;
        }
        JsonNode sealed = json.tree(stored);
        for (String path : PATHS) {
            int end = path.lastIndexOf('/');
            boolean spokenOf = !patch.path(endpoint).at(path).isMissingNode();
            if (!spokenOf
                    && sealed.at(path).isTextual()
                    && object.at(path).isMissingNode()
                    && object.at(path.substring(0, end)) instanceof ObjectNode parent) {
                SealedSecret secret = new SealedSecret(sealed.at(path).asText());
                String open = opened(secret);
                if (open != null) {
                    parent.put(path.substring(end + 1), open);
                }
            }
        }
    }

    private @Nullable String opened(SealedSecret secret) {
        try {
            return seal.open(taskId, secret).reveal();
        } catch (SluiceException e) {
            if (e.code() == ErrorCode.SECRET_UNREADABLE) {
                return null;
            }
            throw e;
        }
    }

    /** Paths of the credentials that a patch gives: whether they are the stored ones is not told. */
    static Set<String> given(ObjectNode patch) {
        Set<String> given = new TreeSet<>();
        for (String endpoint : List.of("source", "target")) {
            for (String path : PATHS) {
                if (!patch.path(endpoint).at(path).isMissingNode()) {
                    given.add(endpoint + path.replace('/', '.'));
                }
            }
        }
        return given;
    }
}
