package io.sluice.e2e;

import org.junit.jupiter.api.Test;

@EndToEnd
class RestartSourceIT {

    @Test
    void goesOnAfterARestartAndAfterACrashOfTheSource(Sluice sluice) {
        RestartCampaign.run(sluice, "restart_source", sluice.source());
    }
}
