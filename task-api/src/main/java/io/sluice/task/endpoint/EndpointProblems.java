package io.sluice.task.endpoint;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;

/** Which field of an endpoint a failed connection points at, and what to do about it. */
public final class EndpointProblems {

    private EndpointProblems() {}

    /** @param field where the endpoint stands in the request */
    public static Violation explain(String field, SluiceException failure) {
        String advice = advice(failure.code());
        String message = String.valueOf(failure.getMessage());
        String end = message.endsWith(".") ? " " : ". ";
        return new Violation(
                part(field, failure.code()), failure.code(), advice.isEmpty() ? message : message + end + advice);
    }

    private static String part(String field, ErrorCode code) {
        return switch (code) {
            case HOST_UNKNOWN, CONNECTION_TIMEOUT -> field + ".host";
            case CONNECTION_REFUSED -> field + ".port";
            case TLS_FAILED -> field + ".tls";
            case AUTHENTICATION_FAILED -> field + ".password";
            case ACCESS_REJECTED -> field + ".username";
            case DATABASE_UNKNOWN -> field + ".database";
            default -> field;
        };
    }

    private static String advice(ErrorCode code) {
        return switch (code) {
            case HOST_UNKNOWN ->
                "No address is known for this host name: check its spelling, and the name service of the"
                        + " machine that runs Sluice.";
            case CONNECTION_TIMEOUT ->
                "Nothing answered within 10 s: check host and port, and that the firewalls let" + " Sluice through.";
            case CONNECTION_REFUSED ->
                "Nothing listens there: check host and port, and listen_addresses of the server.";
            case TLS_FAILED ->
                "Check tls.mode against what the server offers (ssl = on), and caCertificate against the"
                        + " server's certificate; VERIFY_FULL also needs the host name in that certificate.";
            case AUTHENTICATION_FAILED -> "Check user name and password.";
            case ACCESS_REJECTED ->
                "Check that the user may log in, and that pg_hba.conf has a line for this user,"
                        + " database and address (with hostssl, TLS must be on).";
            case DATABASE_UNKNOWN -> "Check the name; it is case-sensitive.";
            case TOO_MANY_CONNECTIONS -> "Free connections of this server or role, or raise max_connections.";
            case SERVER_STARTING -> "Try again when it takes connections.";
            default -> "";
        };
    }
}
