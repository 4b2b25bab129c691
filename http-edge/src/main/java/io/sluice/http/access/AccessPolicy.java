package io.sluice.http.access;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityPolicy;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/** Every path is closed to callers without a token unless it is listed as public. */
@ApplicationScoped
public class AccessPolicy implements HttpSecurityPolicy {

    private static final String QUARKUS = "/q/*";

    private final List<String> publicPaths;

    @Inject
    AccessPolicy(AccessConfig config) {
        this(config.publicPaths());
    }

    AccessPolicy(List<String> publicPaths) {
        this.publicPaths = publicPaths;
    }

    @Override
    public Uni<CheckResult> checkPermission(
            RoutingContext request, Uni<SecurityIdentity> identity, AuthorizationRequestContext context) {
        if (isPublic(request.normalizedPath())) {
            return CheckResult.permit();
        }
        return identity.map(caller -> new CheckResult(!caller.isAnonymous() && CurrentCaller.of(request) != null));
    }

    /** Matrix parameters are dropped by the router only after this check, so a path that has any is never public. */
    boolean isPublic(String path) {
        if (path.indexOf(';') >= 0) {
            return false;
        }
        return matches(QUARKUS, path) || publicPaths.stream().anyMatch(pattern -> matches(pattern, path));
    }

    private static boolean matches(String pattern, String path) {
        return pattern.endsWith("/*")
                ? path.startsWith(pattern.substring(0, pattern.length() - 1))
                : path.equals(pattern);
    }
}
