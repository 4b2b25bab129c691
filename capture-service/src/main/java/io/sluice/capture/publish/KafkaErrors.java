package io.sluice.capture.publish;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/** Says what an error of the Kafka clients means. */
final class KafkaErrors {

    private KafkaErrors() {}

    static SluiceException explain(Throwable error, String doing) {
        Throwable cause = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof SluiceException known) {
            return known;
        }
        if (has(cause, RecordTooLargeException.class)) {
            return new SluiceException(
                    ErrorCode.RECORD_TOO_LARGE,
                    "While " + doing + ": the broker takes no record of this size. Raise its limits"
                            + " (replica.fetch.max.bytes, message.max.bytes) or the topic's max.message.bytes.",
                    cause);
        }
        return new SluiceException(ErrorCode.KAFKA_UNAVAILABLE, "While " + doing + ": " + text(cause), cause);
    }

    /** Another producer has taken over the transactional id, or the coordinator has given up on this one. */
    static boolean isFenced(Throwable error) {
        return has(error, ProducerFencedException.class)
                || has(error, InvalidProducerEpochException.class)
                || has(error, FencedInstanceIdException.class);
    }

    private static String text(Throwable error) {
        String message = error.getMessage();
        return message == null || message.isBlank() ? error.getClass().getSimpleName() : message;
    }

    private static boolean has(Throwable error, Class<? extends Throwable> type) {
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (type.isInstance(at)) {
                return true;
            }
        }
        return false;
    }
}
