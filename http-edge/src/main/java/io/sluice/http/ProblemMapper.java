package io.sluice.http;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import jakarta.validation.ConstraintViolationException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns whatever a resource, a parser or the router throws into a {@link Problem}. */
public class ProblemMapper {

    private static final Logger LOG = Logger.getLogger(ProblemMapper.class);

    @ServerExceptionMapper
    public Response known(SluiceException exception, UriInfo uri) {
        if (exception.code().httpStatus() >= 500 && exception.code() != ErrorCode.NOT_AVAILABLE) {
            LOG.errorf(exception, "Request for %s failed with %s", uri.getPath(), exception.code());
        }
        return answer(Problem.of(exception, uri.getPath()));
    }

    @ServerExceptionMapper
    public Response invalid(ConstraintViolationException exception, UriInfo uri) {
        List<Violation> violations = Violations.of(exception);
        return answer(
                Problem.of(ErrorCode.VALIDATION_FAILED, Violations.summary(violations), violations, uri.getPath()));
    }

    @ServerExceptionMapper
    public Response unreadable(MismatchedInputException exception, UriInfo uri) {
        return answer(JsonProblems.of(exception, uri.getPath()));
    }

    @ServerExceptionMapper
    public Response unreadable(JsonMappingException exception, UriInfo uri) {
        return answer(JsonProblems.of(exception, uri.getPath()));
    }

    @ServerExceptionMapper
    public Response notFound(NotFoundException exception, UriInfo uri) {
        return answer(Problem.of(ErrorCode.NOT_FOUND, "There is nothing at this path; see /q/openapi.", uri.getPath()));
    }

    @ServerExceptionMapper
    public Response notAllowed(NotAllowedException exception, UriInfo uri) {
        String allowed = exception.getResponse().getHeaderString("Allow");
        String detail = "This path does not take this method"
                + (allowed == null || allowed.isEmpty() ? "." : "; it takes " + allowed + ".");
        Response.ResponseBuilder response = response(Problem.of(ErrorCode.METHOD_NOT_ALLOWED, detail, uri.getPath()));
        return allowed == null
                ? response.build()
                : response.header("Allow", allowed).build();
    }

    @ServerExceptionMapper
    public Response notSupported(NotSupportedException exception, UriInfo uri) {
        return answer(Problem.of(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as Content-Type: application/json.", uri.getPath()));
    }

    @ServerExceptionMapper
    public Response other(WebApplicationException exception, UriInfo uri) {
        if (exception.getCause() instanceof com.fasterxml.jackson.core.JsonProcessingException json) {
            return answer(JsonProblems.of(json, uri.getPath()));
        }
        int status = exception.getResponse().getStatus();
        if (status >= 500) {
            return unexpected(exception, uri);
        }
        String detail = exception.getResponse().getStatusInfo().getReasonPhrase() + ".";
        Problem problem = Problem.of(ErrorCode.MALFORMED_REQUEST, detail, uri.getPath());
        return response(problem.withStatus(status)).status(status).build();
    }

    @ServerExceptionMapper
    public Response unexpected(Throwable exception, UriInfo uri) {
        LOG.errorf(exception, "Request for %s failed", uri.getPath());
        return answer(Problem.of(
                ErrorCode.INTERNAL, "Sluice failed to handle the request; its log says why.", uri.getPath()));
    }

    private static Response answer(Problem problem) {
        return response(problem).build();
    }

    private static Response.ResponseBuilder response(Problem problem) {
        return Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(Json.write(problem));
    }
}
