package io.sluice.http.audit;

import io.quarkus.runtime.BlockingOperationControl;
import io.sluice.http.access.Caller;
import io.sluice.http.access.CurrentCaller;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/** Writes a line for every request of a known caller that is not only reading, whatever was answered. */
public class AuditFilter {

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final String TASKS = "/api/v1/tasks/";

    private final AuditTrail trail;
    private final CurrentCaller callers;
    private final Clock clock;

    AuditFilter(AuditTrail trail, CurrentCaller callers, Clock clock) {
        this.trail = trail;
        this.callers = callers;
        this.clock = clock;
    }

    @ServerResponseFilter
    public void record(
            ContainerRequestContext request, ContainerResponseContext response, ResourceInfo resource, UriInfo uri) {
        Optional<Caller> caller = callers.find();
        // Without a resource there is nothing that could have changed.
        if (READING.contains(request.getMethod())
                || caller.isEmpty()
                || resource == null
                || resource.getResourceClass() == null
                || resource.getResourceMethod() == null) {
            return;
        }
        AuditEntry entry = new AuditEntry(
                0,
                clock.instant(),
                caller.get().name(),
                request.getMethod() + " " + template(resource),
                uri.getRequestUri().getRawPath(),
                task(matched(uri.getPath()), response.getLocation()),
                response.getStatus(),
                callers.address());
        if (BlockingOperationControl.isBlockingAllowed()) {
            trail.add(entry);
        } else {
            Thread.ofVirtual().name("audit").start(() -> trail.add(entry));
        }
    }

    private static String template(ResourceInfo resource) {
        return Stream.of(
                        resource.getResourceClass().getAnnotation(Path.class),
                        resource.getResourceMethod().getAnnotation(Path.class))
                .filter(path -> path != null)
                .map(path -> path.value().replaceAll("^/+|/+$", ""))
                .filter(path -> !path.isEmpty())
                .collect(Collectors.joining("/", "/", ""));
    }

    /** As the resource was found by: decoded, without dots. */
    private static String matched(String path) {
        return path.startsWith("/") ? path : "/" + path;
    }

    /** From the path, or of what was created from where it is now. */
    static @Nullable String task(String path, @Nullable URI location) {
        String of = path.startsWith(TASKS) || location == null ? path : location.getPath();
        if (!of.startsWith(TASKS)) {
            return null;
        }
        String rest = of.substring(TASKS.length());
        int slash = rest.indexOf('/');
        String id = slash < 0 ? rest : rest.substring(0, slash);
        return id.indexOf('\0') < 0 ? id : null;
    }
}
