package io.sluice.task.endpoint;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/v1/connection-tests}. */
@Path("/api/v1/connection-tests")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Connections")
@RunOnVirtualThread
public class ConnectionTestResource {

    private final ConnectionTest test;

    private static final String EXAMPLE = """
            {"role": "source",
             "endpoint": {"host": "db1", "database": "shop", "username": "sluice", "password": "***",
                          "tls": {"mode": "REQUIRE"}}}
            """;

    ConnectionTestResource(ConnectionTest test) {
        this.test = test;
    }

    /** A database that cannot be reached is an answer, not an error. */
    @POST
    @Operation(summary = "Tries to reach a database; stores nothing")
    @RequestBody(
            required = true,
            content = @Content(schema = @Schema(implementation = Request.class), example = EXAMPLE))
    @APIResponse(
            responseCode = "200",
            description = "Also when it cannot be reached: problem says why",
            content = @Content(schema = @Schema(implementation = ConnectionTest.Result.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED, UNKNOWN_FIELD, MALFORMED_REQUEST")
    public ConnectionTest.Result test(@Nullable Request request) {
        FieldErrors errors = new FieldErrors();
        String role = request == null ? null : request.role();
        EndpointInput endpoint = request == null ? null : request.endpoint();
        if (!"source".equals(role) && !"target".equals(role)) {
            errors.invalid("role", "must be source or target.");
        }
        EndpointRules.check(errors, "endpoint", endpoint, "target".equals(role));
        errors.throwIfAny();
        return test.run(String.valueOf(role), Objects.requireNonNull(endpoint));
    }

    /** @param role {@code source} or {@code target} */
    public record Request(
            @Schema(
                    enumeration = {"source", "target"},
                    required = true)
            @Nullable
            String role,

            @Schema(required = true) @Nullable EndpointInput endpoint) {}
}
