package io.sluice.http.audit;

import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.Needs;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/audit}: requests that were to change something, newest first. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Access")
@Needs(Role.ADMIN)
public class AuditResource {

    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private final AuditTrail trail;

    AuditResource(AuditTrail trail) {
        this.trail = trail;
    }

    @GET
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: from, to, limit or cursor")
    @Operation(
            summary = "Requests that were to change something, newest first",
            description = "from: the first instant; to: the first one that is too late")
    public Page<AuditEntry> list(
            @QueryParam("task") @Nullable String task,
            @QueryParam("actor") @Nullable String actor,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return trail.page(
                new AuditTrail.Filter(task, actor, instant("from", from), instant("to", to)),
                PageRequest.of(limit, cursor));
    }

    private static @Nullable Instant instant(String field, @Nullable String text) {
        try {
            Instant instant = text == null ? null : Instant.parse(text);
            if (instant != null && (instant.isBefore(EARLIEST) || instant.isAfter(LATEST))) {
                throw invalid(field);
            }
            return instant;
        } catch (DateTimeParseException e) {
            throw invalid(field);
        }
    }

    private static SluiceException invalid(String field) {
        String message = "must be an instant as in 2026-01-31T12:00:00Z.";
        return new SluiceException(
                field + " " + message, List.of(new Violation(field, ErrorCode.VALIDATION_FAILED, message)));
    }
}
