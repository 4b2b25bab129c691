package io.sluice.apply.consume;

import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Hands out records as they are, until a poll has so many bytes of them. Kafka bounds a fetch by its compressed size, and a poll by
 * the number of its records; rows of some megabytes each that compress well would fill a heap. A record that this refuses ends the
 * poll with those before it, and comes first in the next one. Not thread-safe.
 */
final class BoundedBytes implements Deserializer<byte[]> {

    private final long most;
    private long taken;

    /** @param most bytes of a poll; a record that is larger comes alone */
    BoundedBytes(long most) {
        this.most = most;
    }

    /** A poll begins. */
    void begin() {
        taken = 0;
    }

    @Override
    public byte[] deserialize(String topic, byte[] data) {
        if (taken > 0 && taken + data.length > most) {
            throw new Full();
        }
        taken += data.length;
        return data;
    }

    /** No fault of the record. */
    private static final class Full extends SerializationException {
        private static final long serialVersionUID = 1L;

        Full() {
            super("the poll is full");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }
}
