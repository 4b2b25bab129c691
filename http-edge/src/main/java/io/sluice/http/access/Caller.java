package io.sluice.http.access;

import io.sluice.contracts.access.Grants;
import io.sluice.contracts.access.Role;

/**
 * Who asks for something.
 *
 * @param name for histories and the audit trail: {@code admin}, an API token's name, {@code oidc:} and the subject of an
 *     issuer's token, or {@code sluice} for what happens by itself
 */
public record Caller(String name, Grants grants) {

    /** Who sends the token of {@code SLUICE_ADMIN_TOKEN}. */
    public static final Caller ADMIN = new Caller("admin", Grants.everywhere(Role.ADMIN));

    /** What is done without anybody asking; may do nothing through the API. */
    public static final Caller SLUICE = new Caller("sluice", Grants.NONE);
}
