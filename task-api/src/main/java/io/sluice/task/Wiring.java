package io.sluice.task;

import io.quarkus.runtime.Startup;
import io.sluice.contracts.secret.MasterKeys;
import io.sluice.contracts.secret.SecretSeal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.ZoneOffset;

/** Plain objects that the rooms share. */
@ApplicationScoped
public class Wiring {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.tickMillis(ZoneOffset.UTC);
    }

    /** Made at start, so that a missing or malformed key is found then. */
    @Produces
    @Singleton
    @Startup
    SecretSeal secretSeal(MasterKeyConfig config) {
        return new SecretSeal(MasterKeys.of(config.masterKeys(), config.masterKey()));
    }
}
