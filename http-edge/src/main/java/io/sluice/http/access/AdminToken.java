package io.sluice.http.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.security.MessageDigest;
import java.util.Optional;

/** The administrator's token: compared in constant time, never printed. Without one nobody is admitted. */
@ApplicationScoped
public class AdminToken {

    private final Optional<byte[]> token;

    @Inject
    AdminToken(AccessConfig config) {
        this(config.adminToken());
    }

    AdminToken(Optional<String> configured) {
        this.token =
                configured.map(String::strip).filter(text -> !text.isEmpty()).map(text -> text.getBytes(UTF_8));
    }

    void requireAtStart(@Observes StartupEvent started) {
        if (token.isEmpty()) {
            throw new IllegalStateException(
                    "SLUICE_ADMIN_TOKEN is not set: set it to a long random text, as printed by: openssl rand -hex 32");
        }
    }

    boolean matches(String candidate) {
        return token.isPresent() && MessageDigest.isEqual(token.get(), candidate.getBytes(UTF_8));
    }
}
