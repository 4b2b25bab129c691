package io.sluice.task.task;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/** UUIDs of version 7 (RFC 9562, section 5.7): as text they sort by the time at which they were made. */
final class TimeOrderedId {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private TimeOrderedId() {}

    static String next(Instant now) {
        long high = now.toEpochMilli() << 16 | VERSION | RANDOM.nextLong() & 0x0FFFL;
        long low = VARIANT | RANDOM.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL;
        return new UUID(high, low).toString();
    }
}
