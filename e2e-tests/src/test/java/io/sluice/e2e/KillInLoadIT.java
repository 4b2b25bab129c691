package io.sluice.e2e;

import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

@EndToEnd
class KillInLoadIT {

    /** In the soak the source is away for minutes. */
    private static final Duration AWAY = Duration.ofSeconds(Seed.times(2, 240));

    @Test
    void everyRowComesAndFewOfThemTwice(Sluice sluice) {
        List<Victim> victims = new ArrayList<>();
        victims.add(crashOf(sluice.target(), Duration.ofSeconds(1)));
        victims.add(crashOf(sluice.source(), AWAY));
        victims.addAll(Collections.nCopies(Seed.times(2, 20), Victim.of(sluice.apply())));
        new LoadCampaign(sluice, "kill_in_load", victims).run();
    }

    private static Victim crashOf(PostgresServer server, Duration away) {
        Moments moments = new Moments("away");
        return new Victim("a database", server::kill, () -> {
            moments.await(away);
            server.start();
        });
    }
}
