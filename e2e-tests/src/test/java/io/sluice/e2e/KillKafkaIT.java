package io.sluice.e2e;

import io.sluice.e2e.KillCampaign.Victim;
import io.sluice.localstack.KafkaServer;
import org.junit.jupiter.api.Test;

@EndToEnd
class KillKafkaIT {

    @Test
    void losesNothingAndRepeatsNothing(Sluice sluice) {
        KafkaServer kafka = sluice.stack().kafka();
        new KillCampaign(sluice, "kill_kafka", new Victim() {
                    @Override
                    public void kill() {
                        kafka.kill();
                    }

                    @Override
                    public void start() {
                        kafka.start();
                    }
                })
                .run();
    }
}
