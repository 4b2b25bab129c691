package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.error.SluiceException;
import java.io.IOException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Tells the messages of a task's own event triggers from whatever else has their prefix. */
final class DdlMessages {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String taskId;
    private final @Nullable String secret;

    /** @param secret null when no DDL is captured */
    DdlMessages(String taskId, @Nullable String secret) {
        this.taskId = taskId;
        this.secret = secret;
    }

    /** Returns null for what is another task's, or nobody's. */
    @Nullable
    DdlContent read(byte[] content) {
        if (secret == null) {
            return null;
        }
        try {
            JsonNode message = JSON.readTree(new String(content, UTF_8));
            byte[] given = message.path("secret").asText().getBytes(UTF_8);
            if (!message.path("task").asText().equals(taskId)
                    || !MessageDigest.isEqual(given, secret.getBytes(UTF_8))) {
                return null;
            }
            return DdlContent.read(message.toString());
        } catch (IOException | SluiceException e) {
            // Whoever does not know the secret has written it; the triggers' own messages are JSON.
            return null;
        }
    }
}
