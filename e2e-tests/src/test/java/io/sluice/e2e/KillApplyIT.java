package io.sluice.e2e;

import org.junit.jupiter.api.Test;

@EndToEnd
class KillApplyIT {

    /** With several transactions of the target at a time, of which some may have ended and others not. */
    @Test
    void losesNothingAndRepeatsNothing(Sluice sluice) {
        new KillCampaign(sluice, "kill_apply", Victim.of(sluice.apply()), 4).run();
    }
}
