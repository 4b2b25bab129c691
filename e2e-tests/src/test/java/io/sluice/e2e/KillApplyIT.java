package io.sluice.e2e;

import io.sluice.e2e.KillCampaign.Victim;
import org.junit.jupiter.api.Test;

@EndToEnd
class KillApplyIT {

    @Test
    void losesNothingAndRepeatsNothing(Sluice sluice) {
        new KillCampaign(sluice, "kill_apply", Victim.of(sluice.apply())).run();
    }
}
