package io.sluice.postgres;

import io.sluice.contracts.error.ErrorCode;
import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLKeyException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLProtocolException;

/** Says what an error of the TLS layer means; there it also tells of connections that just broke. */
final class TlsErrors {

    /** How a server says in TLS (RFC 8446, 6.2) that it does not like the client's certificate. */
    private static final List<String> ABOUT_CLIENT_CERTIFICATE = List.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "certificate_required",
            "unknown_ca",
            "access_denied");

    private TlsErrors() {}

    static ErrorCode classify(SSLException error) {
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException
                    || cause instanceof CertPathValidatorException
                    || cause instanceof CertPathBuilderException) {
                return ErrorCode.CERTIFICATE_UNTRUSTED;
            }
            if (cause instanceof SocketTimeoutException) {
                return ErrorCode.CONNECTION_TIMEOUT;
            }
            if (cause instanceof SocketException || cause instanceof EOFException) {
                return ErrorCode.CONNECTION_LOST;
            }
        }
        String message = String.valueOf(error.getMessage());
        if (message.contains("fatal alert")) {
            return ABOUT_CLIENT_CERTIFICATE.stream().anyMatch(message::contains)
                    ? ErrorCode.CLIENT_CERTIFICATE_REFUSED
                    : ErrorCode.TLS_FAILED;
        }
        boolean agreed = !(error instanceof SSLHandshakeException
                || error instanceof SSLKeyException
                || error instanceof SSLPeerUnverifiedException
                || error instanceof SSLProtocolException);
        return agreed ? ErrorCode.CONNECTION_LOST : ErrorCode.TLS_FAILED;
    }
}
