package io.sluice.task.endpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.task.Dialect;
import java.time.Instant;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rules for an endpoint. */
public final class EndpointRules {

    /** PostgreSQL cuts longer names off (NAMEDATALEN - 1). */
    public static final int NAME_BYTES = 63;

    private static final int HOST_LENGTH = 253;
    private static final int PASSWORD_LENGTH = 1024;
    private static final Pattern HOST_NAME = Pattern.compile("[\\p{L}\\p{N}_]([\\p{L}\\p{N}._-]*[\\p{L}\\p{N}_.])?");
    private static final Pattern IP_V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private EndpointRules() {}

    /** @param field where the endpoint stands in the request: {@code source}, {@code target}, {@code endpoint} */
    public static void check(FieldErrors errors, String field, @Nullable EndpointInput endpoint, boolean isTarget) {
        check(errors, field, endpoint, isTarget, true);
    }

    /**
     * @param field where the endpoint stands in the request: {@code source}, {@code target}, {@code endpoint}
     * @param newCertificates its certificates must be valid now; ones that have expired in use keep nobody from changing something else
     */
    public static void check(
            FieldErrors errors,
            String field,
            @Nullable EndpointInput endpoint,
            boolean isTarget,
            boolean newCertificates) {
        if (endpoint == null) {
            errors.invalid(field, "must be given.");
            return;
        }
        checkDialect(errors, field + ".dialect", endpoint.dialect(), isTarget);
        if (errors.text(field + ".host", endpoint.host(), HOST_LENGTH)
                && !HOST_NAME.matcher(String.valueOf(endpoint.host())).matches()
                && !IP_V6.matcher(String.valueOf(endpoint.host())).matches()) {
            errors.invalid(field + ".host", "must be a host name or an IP address, without port, user or path.");
        }
        errors.range(field + ".port", endpoint.port(), 1, 65_535);
        name(errors, field + ".database", endpoint.database());
        name(errors, field + ".username", endpoint.username());
        boolean identified = endpoint.tls() != null && endpoint.tls().clientKey() != null;
        if (endpoint.password() == null || endpoint.password().reveal().isEmpty()) {
            if (!identified) {
                errors.invalid(field + ".password", "must be given.");
            }
        } else {
            password(errors, field + ".password", endpoint.password().reveal());
        }
        if (endpoint.tls() != null) {
            TlsRules.check(errors, field + ".tls", endpoint.tls(), newCertificates ? Instant.now() : null);
        }
    }

    /** A lone half of a surrogate pair would be stored, and sent, as a question mark. */
    static boolean password(FieldErrors errors, String field, String password) {
        if (password.length() > PASSWORD_LENGTH
                || password.codePoints().anyMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE)) {
            errors.invalid(
                    field,
                    "must have at most " + PASSWORD_LENGTH + " characters, no NUL and no halves of surrogate pairs.");
            return false;
        }
        return true;
    }

    /** A name as PostgreSQL takes it. */
    public static boolean name(FieldErrors errors, String field, @Nullable String value) {
        boolean right = errors.text(field, value, NAME_BYTES);
        if (right && String.valueOf(value).getBytes(UTF_8).length > NAME_BYTES) {
            errors.invalid(field, "must have at most " + NAME_BYTES + " bytes in UTF-8.");
            return false;
        }
        return right;
    }

    private static void checkDialect(FieldErrors errors, String field, @Nullable String dialect, boolean isTarget) {
        if (dialect == null) {
            return;
        }
        if (!isTarget) {
            errors.invalid(field, "belongs to a target; a source is always PostgreSQL.");
        } else if (Arrays.stream(Dialect.values())
                .noneMatch(known -> known.label().equals(dialect))) {
            errors.invalid(field, "must be one of " + labels() + ".");
        }
    }

    private static String labels() {
        return Arrays.stream(Dialect.values()).map(Dialect::label).collect(Collectors.joining(", "));
    }
}
