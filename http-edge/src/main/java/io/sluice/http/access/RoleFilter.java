package io.sluice.http.access;

import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.PathSegment;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Lets a request through when its caller has the role that it needs: {@link Needs} says which, else reading needs
 * viewer and everything else operator. On a path that names something of a project the role must hold there; what is in
 * a project that the caller may not see is not there for the caller.
 */
public class RoleFilter {

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

    private final CurrentCaller callers;
    private final AccessPolicy policy;
    private final ProjectPaths paths;

    RoleFilter(CurrentCaller callers, AccessPolicy policy, ProjectPaths paths) {
        this.callers = callers;
        this.policy = policy;
        this.paths = paths;
    }

    /** @throws SluiceException {@code FORBIDDEN}, or what the service answers when there is nothing */
    @ServerRequestFilter(priority = Priorities.AUTHORIZATION)
    public void check(ContainerRequestContext request, ResourceInfo resource, UriInfo uri) {
        Optional<Caller> caller = callers.find();
        if (caller.isEmpty() && policy.isPublic(uri.getRequestUri().getRawPath())) {
            return;
        }
        check(
                caller.orElseThrow(() -> new SluiceException(ErrorCode.UNAUTHENTICATED, BearerAccess.HOW)),
                needed(request.getMethod(), resource),
                uri.getPathSegments().stream().map(PathSegment::getPath).toList());
    }

    void check(Caller caller, Role needed, List<String> segments) {
        if (needed == Role.ADMIN || caller.grants().allowsEverywhere(needed)) {
            ProjectAccess.require(caller, needed);
            return;
        }
        ProjectPaths.Owned owned = paths.find(segments).orElse(null);
        if (owned == null) {
            ProjectAccess.require(caller, needed);
            return;
        }
        String project = owned.project()
                .filter(name -> caller.grants().allows(Role.VIEWER, name))
                .orElseThrow(owned::missing);
        ProjectAccess.require(caller, needed, project);
    }

    private static Role needed(String method, ResourceInfo resource) {
        Needs needs = resource.getResourceMethod() == null
                ? null
                : resource.getResourceMethod().getAnnotation(Needs.class);
        if (needs == null && resource.getResourceClass() != null) {
            needs = resource.getResourceClass().getAnnotation(Needs.class);
        }
        if (needs != null) {
            return needs.value();
        }
        return READING.contains(method.toUpperCase(Locale.ROOT)) ? Role.VIEWER : Role.OPERATOR;
    }
}
