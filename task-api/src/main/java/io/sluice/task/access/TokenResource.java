package io.sluice.task.access;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
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

    TokenResource(TokenService tokens) {
        this.tokens = tokens;
    }

    @POST
    @Operation(summary = "Issues a token; the answer holds it, and it is never shown again")
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = WithToken.class)))
    public Response create(@Nullable NewToken asked) {
        if (asked == null) {
            throw new SluiceException(
                    ErrorCode.MALFORMED_REQUEST, "The body must be one JSON object with name, role and projects.");
        }
        TokenService.Created created = tokens.create(asked);
        return Response.created(URI.create("/api/v1/tokens/" + created.view().id()))
                .entity(new WithToken(created.view(), created.token().reveal()))
                .build();
    }

    @GET
    @Operation(summary = "The tokens, newest first, also revoked and expired ones")
    public Page<TokenView> list(
            @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return tokens.list(PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}")
    @Operation(summary = "One token")
    public TokenView load(String id) {
        return tokens.load(id);
    }

    @DELETE
    @Path("{id}")
    @Operation(summary = "Revokes a token at once")
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
