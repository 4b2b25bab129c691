package io.sluice.http.audit;

import io.quarkus.runtime.BlockingOperationControl;
import io.sluice.http.access.Caller;
import io.sluice.http.access.CurrentCaller;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Priorities;
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
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line for every request of a known caller that is not only reading, before it is carried out: nothing changes
 * without one, whenever the service dies. The status is added once the answer is known.
 */
public class AuditFilter {

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final String TASKS = "/api/v1/tasks/";
    private static final String LINE = "sluice.audit.line";

    private final AuditTrail trail;
    private final CurrentCaller callers;
    private final Clock clock;

    AuditFilter(AuditTrail trail, CurrentCaller callers, Clock clock) {
        this.trail = trail;
        this.callers = callers;
        this.clock = clock;
    }

    /**
     * Before the roles are looked at: who is refused leaves a line, too.
     *
     * @throws io.sluice.contracts.error.SluiceException {@code INTERNAL} when the line cannot be stored: then nothing is
     *     carried out
     */
    @ServerRequestFilter(priority = Priorities.AUTHORIZATION - 1)
    public void begin(ContainerRequestContext request, ResourceInfo resource, UriInfo uri) {
        Optional<Caller> caller = callers.find();
        // Without a resource there is nothing that could have changed.
        if (READING.contains(request.getMethod())
                || caller.isEmpty()
                || resource == null
                || resource.getResourceClass() == null
                || resource.getResourceMethod() == null) {
            return;
        }
        long line = trail.begin(new AuditEntry(
                0,
                clock.instant(),
                caller.get().name(),
                request.getMethod() + " " + template(resource),
                uri.getRequestUri().getRawPath(),
                task(matched(uri.getPath()), null),
                0,
                callers.address()));
        request.setProperty(LINE, line);
    }

    @ServerResponseFilter
    public void end(ContainerRequestContext request, ContainerResponseContext response, UriInfo uri) {
        if (!(request.getProperty(LINE) instanceof Long line)) {
            return;
        }
        int status = response.getStatus();
        String task = task(matched(uri.getPath()), response.getLocation());
        if (BlockingOperationControl.isBlockingAllowed()) {
            trail.end(line, status, task);
        } else {
            Thread.ofVirtual().name("audit").start(() -> trail.end(line, status, task));
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
