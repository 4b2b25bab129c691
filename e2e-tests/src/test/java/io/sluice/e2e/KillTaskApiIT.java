package io.sluice.e2e;

import org.junit.jupiter.api.Test;

@EndToEnd
class KillTaskApiIT {

    @Test
    void losesNothingAndRepeatsNothing(Sluice sluice) {
        new KillCampaign(sluice, "kill_task_api", Victim.of(sluice.stack().taskApi())).run();
    }
}
