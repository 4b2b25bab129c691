package io.sluice.localstack;

import java.nio.file.Path;

/**
 * The token of the administrator, taken from {@code SLUICE_ADMIN_TOKEN} or kept in a file.
 *
 * @param value the token itself, never printed
 * @param origin where a user finds it
 * @param shell how a shell reads it
 */
public record AdminToken(String value, String origin, String shell) {
    private static final String VARIABLE = "SLUICE_ADMIN_TOKEN";

    /** The services refuse a shorter one. */
    private static final int SHORTEST = 16;

    /** @param directory where the file {@code admin-token} is or will be */
    public static AdminToken of(Path directory) {
        String given = System.getenv(VARIABLE);
        if (given != null && !given.isBlank()) {
            if (given.strip().length() < SHORTEST) {
                throw new IllegalStateException(
                        VARIABLE + " has fewer than " + SHORTEST
                                + " characters and could be guessed. Set it to a longer one, as printed by: openssl rand -hex 32");
            }
            return new AdminToken(given, VARIABLE, "$" + VARIABLE);
        }
        Path file = directory.resolve("admin-token");
        String token = StateDirectory.tokenIn(file);
        return new AdminToken(token, file.toString(), "$(cat '" + file + "')");
    }

    @Override
    public String toString() {
        return "AdminToken[***, " + origin + "]";
    }
}
