package io.sluice.contracts.task;

/** How a connection is encrypted and what is checked; the names follow libpq's {@code sslmode}. */
public enum TlsMode {
    DISABLE,
    REQUIRE,
    VERIFY_CA,
    VERIFY_FULL
}
