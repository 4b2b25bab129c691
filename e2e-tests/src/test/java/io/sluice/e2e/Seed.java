package io.sluice.e2e;

import java.time.LocalTime;
import java.time.ZoneId;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/** What makes a run random and yet one to repeat: {@code -Dsluice.seed=N} gives every scenario the same choices again. */
final class Seed {
    private static final long VALUE =
            Long.getLong("sluice.seed", ThreadLocalRandom.current().nextLong(1_000_000));

    private Seed() {}

    /** Whether the long campaigns were asked for: {@code -Dsluice.soak=true}. */
    static boolean soak() {
        return Boolean.getBoolean("sluice.soak");
    }

    /** The normal number, or the one for the soak. */
    static int times(int normal, int soak) {
        return soak() ? soak : normal;
    }

    static long value() {
        return VALUE;
    }

    /** Choices that depend on the seed and on what they are for, not on the order of the scenarios. */
    static SplittableRandom randomFor(String purpose) {
        return randomFor(VALUE, purpose);
    }

    /** The same for a seed of one's own. */
    static SplittableRandom randomFor(long seed, String purpose) {
        return new SplittableRandom(seed * 1_000_003 + purpose.hashCode());
    }

    static String hint() {
        return "seed " + VALUE + " (-Dsluice.seed=" + VALUE + " repeats it)";
    }

    /** A line of the account of a run. */
    static void say(String line) {
        System.out.printf("[e2e %tT] %s%n", LocalTime.now(ZoneId.systemDefault()), line);
    }
}
