package io.sluice.http.access;

import io.sluice.contracts.access.Grants;
import io.sluice.contracts.access.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who an issuer's access token stands for: a value {@code sluice-operator:orders} of the roles claim grants the role
 * operator in the project orders, {@code sluice-viewer} grants viewer in all. Other values mean nothing here.
 *
 * @param rolesClaim path of the claim, its steps separated by {@code /}
 */
record OidcGrants(String rolesClaim, String rolePrefix, String nameClaim) {

    private static final String NAME_PREFIX = "oidc:";

    /** @param claims of a token that was verified */
    Caller caller(Map<?, ?> claims) {
        Object name = find(claims, nameClaim);
        if (!(name instanceof String text) || text.isBlank()) {
            throw new IllegalArgumentException("The access token has no claim " + nameClaim + " that names its owner.");
        }
        return new Caller(NAME_PREFIX + text, grants(find(claims, rolesClaim)));
    }

    private Grants grants(@Nullable Object claim) {
        Grants grants = Grants.NONE;
        for (String value : values(claim)) {
            if (value.startsWith(rolePrefix)) {
                String[] parts = value.substring(rolePrefix.length()).split(":", 2);
                String project = parts.length == 1 ? Grants.ALL_PROJECTS : parts[1];
                Optional<Role> role = role(parts[0]);
                // An explicit "*" is no project's name.
                if (role.isPresent() && !project.isEmpty() && (parts.length == 1 || !isAll(project))) {
                    grants = grants.and(role.get(), project);
                }
            }
        }
        return grants;
    }

    private static boolean isAll(String project) {
        return Grants.ALL_PROJECTS.equals(project);
    }

    private static Optional<Role> role(String label) {
        return Arrays.stream(Role.values())
                .filter(role -> role.label().equals(label))
                .findFirst();
    }

    private static List<String> values(@Nullable Object claim) {
        if (claim instanceof String text) {
            return List.of(text.split("\\s+"));
        }
        List<String> values = new ArrayList<>();
        if (claim instanceof Collection<?> items) {
            items.forEach(item -> values.add(String.valueOf(item)));
        }
        return values;
    }

    /** A claim whose whole name is the path goes first: names may be URLs. */
    private static @Nullable Object find(Map<?, ?> claims, String path) {
        if (claims.containsKey(path)) {
            return claims.get(path);
        }
        int slash = path.indexOf('/');
        return slash > 0 && claims.get(path.substring(0, slash)) instanceof Map<?, ?> inner
                ? find(inner, path.substring(slash + 1))
                : null;
    }
}
