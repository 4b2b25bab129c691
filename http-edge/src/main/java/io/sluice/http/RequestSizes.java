package io.sluice.http;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers requests that are too large with a {@link Problem}. The limits are those of {@code quarkus.http.limits}; the HTTP
 * server, which enforces them with an empty answer, is given more room, so that most of what is too large comes this far.
 * What is left to it: first lines and headers beyond that room. A body whose length nobody has announced is read before
 * anything else is done, since the server would break off with an empty answer in the middle of it.
 */
@Singleton
class RequestSizes implements HttpServerOptionsCustomizer {

    /** After the caller is known (200) and admitted (100), before Quarkus looks at the size of bodies (2). */
    private static final int PRIORITY = 10;

    /** How many times the limit the server reads of a first line, and of headers. What is larger gets an empty answer. */
    private static final int ROOM = 8;

    /** What else the services have takes no bodies; and before somebody is known none should be kept. */
    private static final String PATH = "/api/";

    /** Bytes of a refused body that are read and dropped; on a larger one the connection is closed. */
    private static final long DROPPED = 16L * 1024 * 1024;

    private static final String CONTINUE = "100-continue";

    private final int uri;
    private final int headers;
    private final long body;

    RequestSizes(
            @ConfigProperty(name = "quarkus.http.limits.max-initial-line-length", defaultValue = "4096") int uri,
            @ConfigProperty(name = "quarkus.http.limits.max-header-size", defaultValue = "20K") MemorySize headers,
            @ConfigProperty(name = "quarkus.http.limits.max-body-size", defaultValue = "10240K") MemorySize body) {
        this.uri = uri;
        this.headers = Math.toIntExact(headers.asLongValue());
        this.body = body.asLongValue();
    }

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        options.setMaxInitialLineLength(ROOM * uri).setMaxHeaderSize(ROOM * headers);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        customizeHttpServer(options);
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, PRIORITY);
    }

    private void check(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (request.uri().length() > uri) {
            refuse(context, ErrorCode.URI_TOO_LONG, "Path and query must have at most " + uri + " characters.");
        } else if (size(request) > headers) {
            refuse(context, ErrorCode.HEADERS_TOO_LARGE, "All headers must have at most " + headers + " bytes.");
        } else if (length(request) > body) {
            refuse(context, ErrorCode.BODY_TOO_LARGE, bodyTooLarge());
        } else if (comesInChunks(request)) {
            collect(context);
        } else {
            context.next();
        }
    }

    private static int size(HttpServerRequest request) {
        int size = 0;
        for (Map.Entry<String, String> header : request.headers()) {
            size += header.getKey().length() + header.getValue().length();
        }
        return size;
    }

    /** Over HTTP/2 nobody could go on with a request whose end was seen, and the server breaks off one stream only. */
    private static boolean comesInChunks(HttpServerRequest request) {
        return request.version() != HttpVersion.HTTP_2
                && request.getHeader(HttpHeaders.CONTENT_LENGTH) == null
                && request.path().startsWith(PATH)
                && !request.method().equals(HttpMethod.GET);
    }

    /** All of this runs on the event loop of the connection. */
    private void collect(RoutingContext context) {
        HttpServerRequest request = context.request();
        Buffer collected = Buffer.buffer();
        request.handler(chunk -> {
            if (request.bytesRead() <= body) {
                collected.appendBuffer(chunk);
            } else if (!context.response().ended()) {
                refuse(context, ErrorCode.BODY_TOO_LARGE, bodyTooLarge());
            } else if (request.bytesRead() > DROPPED) {
                request.connection().close();
            }
        });
        request.endHandler(end -> {
            if (!context.response().ended()) {
                // Also an empty one: nothing more would come to whoever waits for it.
                ((RoutingContextInternal) context).setBody(collected);
                context.next();
            }
        });
        if (CONTINUE.equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            context.response().writeContinue();
        }
        request.resume();
    }

    private String bodyTooLarge() {
        return "The body must have at most " + body + " bytes.";
    }

    /** As it was announced. */
    private static long length(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length);
    }

    private static void refuse(RoutingContext context, ErrorCode code, String detail) {
        HttpServerResponse response = context.response();
        if (length(context.request()) > DROPPED) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        } else {
            // Who closes on what is still on its way may take the answer away from the caller.
            context.request().resume();
        }
        response.setStatusCode(code.httpStatus())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .end(Json.write(Problem.of(code, detail, null)));
    }
}
