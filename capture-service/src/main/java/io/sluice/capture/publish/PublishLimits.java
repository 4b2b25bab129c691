package io.sluice.capture.publish;

import java.time.Duration;

/**
 * When a Kafka transaction is committed, whichever comes first.
 *
 * @param records how many it holds at most
 * @param bytes of keys and values, uncompressed
 * @param age of its first record; less where records come slowly, so that they do not wait for what is no backlog
 * @param idle how long nothing followed its last record
 */
public record PublishLimits(int records, long bytes, Duration age, Duration idle) {

    public PublishLimits {
        if (records < 1) {
            throw new IllegalArgumentException("records: must be at least 1, is " + records);
        }
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: must be at least 1, is " + bytes);
        }
    }
}
