package io.sluice.http.access;

import io.quarkus.arc.Arc;
import io.quarkus.arc.ManagedContext;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The caller of the request that the current thread works on. Thread-safe. */
@ApplicationScoped
public class CurrentCaller {

    private static final String KEY = "sluice.caller";
    private static final String RENEWAL = "sluice.caller.renewal";

    private final CurrentVertxRequest request;

    CurrentCaller(CurrentVertxRequest request) {
        this.request = request;
    }

    /** {@link Caller#SLUICE} outside of a request, and in one that needs no token and has none. */
    public Caller get() {
        return find().orElse(Caller.SLUICE);
    }

    /** Empty outside of a request, and in one that needs no token and has none. */
    public Optional<Caller> find() {
        RoutingContext context = request();
        return Optional.ofNullable(context == null ? null : of(context));
    }

    /** Of the client, or of the proxy in front of it; see {@code quarkus.http.proxy}. */
    public String address() {
        RoutingContext context = request();
        return context == null ? "" : address(context);
    }

    /**
     * Looks again at who asks, for an answer that takes long; may be used after the request, and may block. It throws
     * {@link io.sluice.contracts.error.SluiceException} {@code UNAUTHENTICATED} once the token is revoked or has expired.
     */
    public Supplier<Caller> renewal() {
        RoutingContext context = request();
        Supplier<Caller> renewal = context == null ? null : context.get(RENEWAL);
        Caller now = get();
        return renewal == null ? () -> now : renewal;
    }

    static void renewBy(RoutingContext context, Supplier<Caller> renewal) {
        context.put(RENEWAL, renewal);
    }

    static void set(RoutingContext context, Caller caller) {
        context.put(KEY, caller);
    }

    static @Nullable Caller of(RoutingContext context) {
        return context.get(KEY);
    }

    static String address(RoutingContext context) {
        return context.request().remoteAddress() == null
                ? ""
                : String.valueOf(context.request().remoteAddress().hostAddress());
    }

    private @Nullable RoutingContext request() {
        ManagedContext context = Arc.container().requestContext();
        return context.isActive() ? request.getCurrent() : null;
    }
}
