package io.sluice.task.access;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.contracts.Json;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.http.access.Needs;
import io.sluice.http.once.IdempotencyKeys;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tokens}, for administrators. */
@Path("/api/v1/tokens")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Access")
@Needs(Role.ADMIN)
@RunOnVirtualThread
public class TokenResource {

    private final TokenService tokens;
    private final CurrentCaller callers;

    TokenResource(TokenService tokens, CurrentCaller callers) {
        this.tokens = tokens;
        this.callers = callers;
    }

    @POST
    @Operation(
            summary = "Issues a token; the answer holds it, and it is never shown again",
            description = "A request that is repeated with the same Idempotency-Key within 24 h gets the same answer.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            schema = @Schema(implementation = NewToken.class),
                            example = "{\"name\": \"nightly-report\", \"role\": \"viewer\", \"projects\": [\"shop\"]}"))
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = WithToken.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED, UNKNOWN_FIELD, MALFORMED_REQUEST")
    @APIResponse(responseCode = "409", description = "TOKEN_NAME_TAKEN")
    @APIResponse(responseCode = "422", description = "IDEMPOTENCY_KEY_REUSED")
    public Response create(
            @Parameter(description = "1 to 255 visible ASCII characters") @HeaderParam(IdempotencyKeys.HEADER) @Nullable
                    String key,
            @Nullable NewToken asked) {
        if (asked == null) {
            throw new SluiceException(
                    ErrorCode.MALFORMED_REQUEST, "The body must be one JSON object with name, role and projects.");
        }
        IdempotencyKeys.Request request = IdempotencyKeys.Request.of(
                callers.get().name(),
                key,
                "token",
                String.valueOf(asked.name()),
                String.valueOf(asked.role()),
                String.valueOf(asked.projects()),
                String.valueOf(asked.expiresAt()));
        String created = tokens.create(asked, request).reveal();
        return Response.created(URI.create("/api/v1/tokens/"
                        + Json.read(created, JsonNode.class).path("id").asText()))
                .entity(created)
                .build();
    }

    @GET
    @Operation(summary = "The tokens, newest first, also revoked and expired ones")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    public Page<TokenView> list(
            @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return tokens.list(PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}")
    @Operation(summary = "One token")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = TokenView.class)))
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public TokenView load(String id) {
        return tokens.load(id);
    }

    @DELETE
    @Path("{id}")
    @Operation(summary = "Revokes a token at once")
    @APIResponse(responseCode = "204", description = "It is worth nothing any more")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public void revoke(String id) {
        tokens.revoke(id);
    }

    /** @param token shown only here */
    record WithToken(@JsonUnwrapped TokenView view, String token) {

        @Override
        public String toString() {
            return "WithToken[" + view + "]";
        }
    }
}
