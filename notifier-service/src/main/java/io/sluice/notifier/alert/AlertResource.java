package io.sluice.notifier.alert;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.notifier.rule.Alert;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

@Path("/api/v1/alerts")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Alerts")
public class AlertResource {

    private final AlertService alerts;

    @Inject
    AlertResource(AlertService alerts) {
        this.alerts = alerts;
    }

    @GET
    @Operation(summary = "Alerts that fire or have fired, and whom the last message of each went to; newest first")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: state, limit or cursor")
    public Page<AlertEntity.View> list(
            @QueryParam("state") @Nullable String state,
            @QueryParam("topic") @Nullable String topic,
            @QueryParam("task") @Nullable String task,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return alerts.list(state == null ? null : state(state), topic, task, PageRequest.of(limit, cursor));
    }

    private static Alert.State state(String text) {
        return Arrays.stream(Alert.State.values())
                .filter(state -> state.name().equals(text))
                .findFirst()
                .orElseThrow(() -> {
                    String message = "must be FIRING or RESOLVED.";
                    return new SluiceException(
                            "state " + message, List.of(new Violation("state", ErrorCode.VALIDATION_FAILED, message)));
                });
    }
}
