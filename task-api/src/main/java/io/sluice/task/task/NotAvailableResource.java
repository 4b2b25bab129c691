package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** What the contract has and this version has not: refused by name. */
@Path("/api/v1/tasks")
@Produces(MediaType.WILDCARD)
@Consumes(MediaType.WILDCARD)
public class NotAvailableResource {

    @POST
    @Path("{id}/objects")
    @Operation(hidden = true)
    public Response changeObjects() {
        return refuse("Adding and removing objects of a task");
    }

    @POST
    @Path("{id}/tables/{table}/reload")
    @Operation(hidden = true)
    public Response reload() {
        return refuse("Reloading a table");
    }

    @GET
    @Path("{id}/exceptions")
    @Operation(hidden = true)
    public Response exceptions() {
        return refuse("The exceptions table");
    }

    @POST
    @Path("{id}/exceptions/{number}/retry")
    @Operation(hidden = true)
    public Response retryException() {
        return refuse("The exceptions table");
    }

    @POST
    @Path("{id}/exceptions/{number}/skip")
    @Operation(hidden = true)
    public Response skipException() {
        return refuse("The exceptions table");
    }

    @POST
    @Path("{id}/comparisons")
    @Operation(hidden = true)
    public Response compare() {
        return refuse("Comparing source and target");
    }

    @GET
    @Path("{id}/comparisons/{number}")
    @Operation(hidden = true)
    public Response comparison() {
        return refuse("Comparing source and target");
    }

    @POST
    @Path("{id}/cutover")
    @Operation(hidden = true)
    public Response cutOver() {
        return refuse("Cutover");
    }

    private static Response refuse(String feature) {
        throw new SluiceException(ErrorCode.NOT_AVAILABLE, feature + " does not work yet in this version.");
    }
}
