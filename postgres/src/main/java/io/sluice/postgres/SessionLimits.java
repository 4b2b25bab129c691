package io.sluice.postgres;

/**
 * How long a session waits for the locks of others, said so that a server that cannot limit it is no error: openGauss has no
 * {@code lock_timeout}, and lets only administrators change its own {@code lockwait_timeout}, which ends a wait after 20
 * minutes unless it is set otherwise.
 */
public final class SessionLimits {

    private SessionLimits() {}

    /** @param most as in {@code 10s} */
    public static String lockWaits(String most) {
        return limit("lock_timeout", most, false);
    }

    /** The same until the end of the transaction. */
    public static String lockWaitsOfTransaction(String most) {
        return limit("lock_timeout", most, true);
    }

    /** How long the transaction may be idle. */
    public static String idlenessOfTransaction(String most) {
        return limit("idle_in_transaction_session_timeout", most, true);
    }

    private static String limit(String setting, String most, boolean local) {
        return "SELECT set_config(name, " + Identifier.literal(most) + ", " + local + ") FROM pg_settings WHERE name = "
                + Identifier.literal(setting);
    }
}
