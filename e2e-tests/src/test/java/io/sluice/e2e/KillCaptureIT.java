package io.sluice.e2e;

import org.junit.jupiter.api.Test;

@EndToEnd
class KillCaptureIT {

    @Test
    void losesNothingAndRepeatsNothing(Sluice sluice) {
        new KillCampaign(sluice, "kill_capture", Victim.of(sluice.capture())).run();
    }
}
