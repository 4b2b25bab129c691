package io.sluice.task.endpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TlsMode;
import io.sluice.postgres.tls.Certificates;
import io.sluice.postgres.tls.ClientIdentity;
import io.sluice.postgres.tls.PemException;
import io.sluice.postgres.tls.PemException.Part;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules for the TLS part of an endpoint. No message quotes a key. */
final class TlsRules {

    private static final int PEM_BYTES = 500 * 1024;

    private TlsRules() {}

    /** @param now certificates must be valid then; null when that is not asked */
    static void check(FieldErrors errors, String field, TlsInput tls, @Nullable Instant now) {
        if (tls.mode() != null
                && Arrays.stream(TlsMode.values()).noneMatch(mode -> mode.name().equals(tls.mode()))) {
            errors.invalid(field + ".mode", "must be one of DISABLE, REQUIRE, VERIFY_CA, VERIFY_FULL.");
            return;
        }
        Map<Part, String> given = given(tls);
        if (tls.tlsMode() == TlsMode.DISABLE) {
            given.forEach((part, pem) -> errors.invalid(
                    field + "." + part.field(), "has no use with mode DISABLE; set mode to VERIFY_FULL."));
            return;
        }
        boolean sizesFit = given.entrySet().stream()
                .map(entry -> sizeFits(errors, field, entry.getKey(), entry.getValue()))
                .reduce(true, Boolean::logicalAnd);
        if (sizesFit) {
            checkAuthorities(errors, field, tls, now);
            checkIdentity(errors, field, tls, now);
        }
    }

    private static Map<Part, String> given(TlsInput tls) {
        Map<Part, String> given = new LinkedHashMap<>();
        put(given, Part.CA_CERTIFICATE, tls.caCertificate());
        put(given, Part.CLIENT_CERTIFICATE, tls.clientCertificate());
        put(given, Part.CLIENT_KEY, clear(tls.clientKey()));
        put(given, Part.CLIENT_KEY_PASSWORD, clear(tls.clientKeyPassword()));
        return given;
    }

    private static void put(Map<Part, String> given, Part part, @Nullable String text) {
        if (text != null) {
            given.put(part, text);
        }
    }

    private static @Nullable String clear(@Nullable Secret secret) {
        return secret == null ? null : secret.reveal();
    }

    private static boolean sizeFits(FieldErrors errors, String field, Part part, String text) {
        if (part == Part.CLIENT_KEY_PASSWORD) {
            return EndpointRules.password(errors, field + "." + part.field(), text);
        }
        if (text.getBytes(UTF_8).length > PEM_BYTES) {
            errors.invalid(field + "." + part.field(), "must have at most 500 KB.");
            return false;
        }
        return true;
    }

    private static void checkAuthorities(FieldErrors errors, String field, TlsInput tls, @Nullable Instant now) {
        if (tls.caCertificate() == null) {
            return;
        }
        try {
            requireValid(Part.CA_CERTIFICATE, Certificates.parse(Part.CA_CERTIFICATE, tls.caCertificate()), now);
        } catch (PemException e) {
            refuse(errors, field, e);
        }
    }

    private static void checkIdentity(FieldErrors errors, String field, TlsInput tls, @Nullable Instant now) {
        if (tls.clientCertificate() == null && tls.clientKey() == null) {
            if (tls.clientKeyPassword() != null) {
                errors.invalid(field + ".clientKeyPassword", "has no use without clientKey.");
            }
            return;
        }
        if (tls.clientCertificate() == null) {
            errors.invalid(field + ".clientCertificate", "must be given with clientKey.");
            return;
        }
        if (tls.clientKey() == null) {
            errors.invalid(field + ".clientKey", "must be given with clientCertificate.");
            return;
        }
        try {
            ClientIdentity identity =
                    ClientIdentity.of(tls.clientCertificate(), tls.clientKey(), tls.clientKeyPassword());
            requireValid(Part.CLIENT_CERTIFICATE, identity.chain(), now);
        } catch (PemException e) {
            refuse(errors, field, e);
        }
    }

    private static void requireValid(Part part, List<X509Certificate> certificates, @Nullable Instant now)
            throws PemException {
        if (now != null) {
            Certificates.requireValid(part, certificates, now);
        }
    }

    private static void refuse(FieldErrors errors, String field, PemException error) {
        errors.invalid(field + "." + error.part().field(), String.valueOf(error.getMessage()));
    }
}
