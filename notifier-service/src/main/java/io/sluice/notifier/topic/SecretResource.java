package io.sluice.notifier.topic;

import io.sluice.contracts.access.Role;
import io.sluice.http.access.Needs;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code POST /api/v1/secrets/reencrypt}, as at the task API. */
@Path("/api/v1/secrets")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Secrets")
public class SecretResource {

    private final SecretRotation secrets;

    @Inject
    SecretResource(SecretRotation secrets) {
        this.secrets = secrets;
    }

    /** May be called again at any time. */
    @POST
    @Path("/reencrypt")
    @Needs(Role.ADMIN)
    @Operation(summary = "Seals every stored secret and link with the first of the master keys")
    public Reencrypted reencrypt() {
        int seen = 0;
        int again = 0;
        List<UUID> unreadable = new ArrayList<>();
        SecretRotation.Page page = secrets.resealSubscriptions(0);
        while (page.subscriptions() > 0) {
            seen += page.subscriptions();
            again += page.reencrypted();
            unreadable.addAll(page.unreadable());
            page = secrets.resealSubscriptions(page.last());
        }
        OptionalLong last = secrets.resealDeliveries(0);
        while (last.isPresent()) {
            last = secrets.resealDeliveries(last.getAsLong());
        }
        return new Reencrypted(seen, again, unreadable);
    }

    /**
     * @param subscriptions that were looked at
     * @param reencrypted subscriptions whose secrets were sealed again; the others were current
     * @param unreadable ids of subscriptions whose secrets cannot be opened, since their key is not among the master keys
     */
    public record Reencrypted(int subscriptions, int reencrypted, List<UUID> unreadable) {}
}
