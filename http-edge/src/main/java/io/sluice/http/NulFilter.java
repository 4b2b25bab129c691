package io.sluice.http;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** PostgreSQL's text holds no NUL: nothing that is stored has a name with one, and asking for it would be an error. */
public class NulFilter {

    /** @throws SluiceException {@code NOT_FOUND}, {@code VALIDATION_FAILED} */
    @ServerRequestFilter(priority = Priorities.AUTHENTICATION)
    public void check(UriInfo uri) {
        if (uri.getPath().indexOf('\0') >= 0) {
            throw new SluiceException(ErrorCode.NOT_FOUND, "There is nothing at this path: it holds a NUL.");
        }
        uri.getQueryParameters().forEach((name, values) -> {
            if (values.stream().anyMatch(value -> value.indexOf('\0') >= 0)) {
                String message = "must not hold a NUL.";
                throw new SluiceException(
                        name + " " + message, List.of(new Violation(name, ErrorCode.VALIDATION_FAILED, message)));
            }
        });
    }
}
