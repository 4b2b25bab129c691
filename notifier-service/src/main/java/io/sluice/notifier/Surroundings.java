package io.sluice.notifier;

import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.secret.MasterKeys;
import io.sluice.contracts.secret.SecretSeal;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** What the service takes from its surroundings. It does not start with a master key that is no key. */
public class Surroundings {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    SecretSeal seal(SecretConfig config) {
        return new SecretSeal(MasterKeys.of(config.masterKeys(), config.masterKey()));
    }

    void requireMasterKeyAtStart(@Observes StartupEvent started, SecretSeal seal) {}
}
