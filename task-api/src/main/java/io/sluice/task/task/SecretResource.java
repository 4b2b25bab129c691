package io.sluice.task.task;

import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.access.Needs;
import io.sluice.task.access.TokenService;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code POST /api/v1/secrets/reencrypt}. */
@Path("/api/v1/secrets")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Secrets")
@RunOnVirtualThread
public class SecretResource {

    private final SecretRotation secrets;
    private final TokenService tokens;

    SecretResource(SecretRotation secrets, TokenService tokens) {
        this.secrets = secrets;
        this.tokens = tokens;
    }

    /** May be called again at any time; it goes on with what is left. */
    @POST
    @Path("reencrypt")
    @Needs(Role.ADMIN)
    @Operation(
            summary = "Seals every stored credential with the first of the master keys",
            description =
                    "Also what the other services are told of API tokens. May be repeated; it goes on with what is"
                            + " left.")
    @APIResponse(
            responseCode = "200",
            description = "Also when some cannot be opened: unreadable names them",
            content = @Content(schema = @Schema(implementation = Reencrypted.class)))
    public Reencrypted reencrypt() {
        int again = 0;
        List<String> ids = secrets.taskIds();
        List<String> unreadable = new ArrayList<>();
        for (String id : ids) {
            try {
                again += secrets.reseal(id) ? 1 : 0;
            } catch (SluiceException e) {
                unreadable.add(id);
            }
        }
        return new Reencrypted(ids.size(), again, unreadable, tokens.publishAgain());
    }

    /**
     * @param tasks that were looked at
     * @param reencrypted tasks whose credentials were sealed again; the others were current
     * @param unreadable ids of tasks whose credentials cannot be opened, since their key is not among the master keys
     * @param tokens API tokens of which the other services were told again
     */
    @Schema(name = "Reencrypted")
    public record Reencrypted(int tasks, int reencrypted, List<String> unreadable, int tokens) {}
}
