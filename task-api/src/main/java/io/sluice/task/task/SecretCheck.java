package io.sluice.task.task;

import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.secret.SecretSeal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** Looks at every stored credential when the service starts: a missing key is better told then than by failing tasks. */
@ApplicationScoped
class SecretCheck {

    void check(@Observes StartupEvent started, SecretRotation secrets, SecretSeal seal, SecretConfig config) {
        if (config.requireReadable()) {
            secrets.requireReadable(seal);
        }
    }
}
