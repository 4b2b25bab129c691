package io.sluice.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.access.Grants;
import io.sluice.contracts.access.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OidcGrantsTest {

    private static final OidcGrants GROUPS = new OidcGrants("groups", "sluice-", "sub");

    @Test
    void groupsGrantRolesInProjectsOrEverywhere() {
        Caller caller = GROUPS.caller(Map.of(
                "sub",
                "7f3",
                "groups",
                List.of("staff", "sluice-viewer", "sluice-operator:orders", "sluice-viewer:orders", "sluice-admin:b")));

        assertThat(caller.name()).isEqualTo("oidc:7f3");
        assertThat(caller.grants())
                .isEqualTo(new Grants(Role.VIEWER, Map.of("orders", Role.OPERATOR, "b", Role.ADMIN)));
    }

    @Test
    void valuesThatNameNoRoleGrantNothing() {
        Caller caller = GROUPS.caller(Map.of(
                "sub",
                "7f3",
                "groups",
                List.of("admin", "sluice-root", "sluice-admin:", "sluice-admin:*", "xsluice-admin", "SLUICE-ADMIN")));

        assertThat(caller.grants()).isEqualTo(Grants.NONE);
        assertThat(GROUPS.caller(Map.of("sub", "7f3")).grants()).isEqualTo(Grants.NONE);
    }

    @Test
    void theClaimMayBeNestedOrTextOrAnAddress() {
        OidcGrants nested = new OidcGrants("realm_access/roles", "sluice-", "preferred_username");
        OidcGrants scope = new OidcGrants("scope", "sluice-", "sub");
        OidcGrants address = new OidcGrants("https://example.com/roles", "", "sub");

        assertThat(nested.caller(Map.of(
                        "preferred_username", "ada", "realm_access", Map.of("roles", List.of("sluice-operator")))))
                .isEqualTo(new Caller("oidc:ada", Grants.everywhere(Role.OPERATOR)));
        assertThat(scope.caller(Map.of("sub", "a", "scope", "openid sluice-viewer"))
                        .grants())
                .isEqualTo(Grants.everywhere(Role.VIEWER));
        assertThat(address.caller(Map.of("sub", "a", "https://example.com/roles", List.of("admin")))
                        .grants())
                .isEqualTo(Grants.everywhere(Role.ADMIN));
    }

    @Test
    void aTokenWithoutAnOwnerIsNoneOfOurs() {
        assertThatThrownBy(() -> GROUPS.caller(Map.of("groups", List.of("sluice-admin"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sub");
    }
}
