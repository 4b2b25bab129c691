package io.sluice.capture;

import io.sluice.capture.publish.PublishLimits;
import io.sluice.contracts.KafkaAccess;
import java.time.Duration;

/**
 * What a run needs to know beside its order.
 *
 * @param topicRetention of a change topic that is made
 * @param heartbeatInterval between two looks at the source
 */
public record CaptureSettings(
        KafkaAccess kafka, Duration topicRetention, Duration heartbeatInterval, PublishLimits limits) {

    public CaptureSettings {
        if (topicRetention.isNegative() || topicRetention.isZero()) {
            throw new IllegalArgumentException(
                    "sluice.capture.topic.retention: must be positive, is " + topicRetention);
        }
        if (heartbeatInterval.isNegative() || heartbeatInterval.isZero()) {
            throw new IllegalArgumentException(
                    "sluice.capture.heartbeat.interval: must be positive, is " + heartbeatInterval);
        }
    }
}
