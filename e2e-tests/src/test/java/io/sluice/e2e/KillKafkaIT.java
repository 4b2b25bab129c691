package io.sluice.e2e;

import org.junit.jupiter.api.Test;

@EndToEnd
class KillKafkaIT {

    @Test
    void losesNothingAndRepeatsNothing(Sluice sluice) {
        new KillCampaign(sluice, "kill_kafka", Victim.of(sluice.stack().kafka())).run();
    }
}
