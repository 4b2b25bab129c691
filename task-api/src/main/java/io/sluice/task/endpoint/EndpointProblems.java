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
            case TLS_FAILED, TLS_NOT_OFFERED -> field + ".tls";
            case CERTIFICATE_UNTRUSTED -> field + ".tls.caCertificate";
            case HOST_NAME_MISMATCH -> field + ".host";
            case CLIENT_CERTIFICATE_REFUSED -> field + ".tls.clientCertificate";
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
                "Nothing answered in time: check host and port, and that the firewalls let Sluice through.";
            case CONNECTION_REFUSED ->
                "Nothing listens there: check host and port, and listen_addresses of the server.";
            case TLS_FAILED ->
                "Client and server did not agree on TLS: see the server's log, and check its ssl_min_protocol_version and"
                        + " ssl_ciphers.";
            case TLS_NOT_OFFERED ->
                "Switch TLS on at the server (ssl = on, with a certificate), or set tls.mode to DISABLE where the network"
                        + " is trusted.";
            case CERTIFICATE_UNTRUSTED ->
                "Give as tls.caCertificate the certificate of the authority that signed the server's; if that one has"
                        + " expired, renew it at the server.";
            case HOST_NAME_MISMATCH ->
                "Use as host a name that is in the server's certificate, or set tls.mode to VERIFY_CA to do without this"
                        + " check.";
            case CLIENT_CERTIFICATE_REFUSED ->
                "Give tls.clientCertificate and tls.clientKey, signed by an authority that the server trusts"
                        + " (ssl_ca_file) and valid today.";
            case CONNECTION_LOST ->
                "The server ended the connection: check that it is a PostgreSQL that listens on this port, and its log.";
            case PRIVILEGE_MISSING ->
                "Let the owner of the database grant it: GRANT CONNECT ON DATABASE ... TO the user.";
            case AUTHENTICATION_FAILED -> "Check user name and password.";
            case ACCESS_REJECTED ->
                "Check that the user may log in, and that pg_hba.conf has a line for this user,"
                        + " database and address (with hostssl, TLS must be on; with cert, the certificate's common name"
                        + " must be the user).";
            case DATABASE_UNKNOWN -> "Check the name; it is case-sensitive.";
            case TOO_MANY_CONNECTIONS -> "Free connections of this server or role, or raise max_connections.";
            case SERVER_STARTING -> "Try again when it takes connections.";
            default -> "";
        };
    }
}
