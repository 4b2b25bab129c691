package io.sluice.e2e;

import org.junit.jupiter.api.Test;

@EndToEnd
class RestartTargetIT {

    @Test
    void goesOnAfterARestartAndAfterACrashOfTheTarget(Sluice sluice) {
        RestartCampaign.run(sluice, "restart_target", sluice.target());
    }
}
