package io.sluice.postgres.tls;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** X.509 certificates in PEM. */
public final class Certificates {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

    private Certificates() {}

    /**
     * The certificates of a PEM text and nothing else, of what often stands between them: names, comments, and now and then
     * a private key that belongs elsewhere.
     */
    public static String only(String pem) {
        return BLOCK.matcher(pem).results().map(MatchResult::group).collect(Collectors.joining("\n", "", "\n"));
    }

    /** @throws PemException when there is none, or one that cannot be read, or a private key among them */
    public static List<X509Certificate> parse(PemException.Part part, String pem) throws PemException {
        if (pem.contains("PRIVATE KEY-----")) {
            throw new PemException(part, "must not hold a private key; it belongs into clientKey.");
        }
        List<X509Certificate> found = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            while (block.find()) {
                byte[] one = block.group().getBytes(UTF_8);
                found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(one)));
            }
        } catch (CertificateException e) {
            throw unreadable(part);
        }
        if (found.isEmpty()) {
            throw unreadable(part);
        }
        return found;
    }

    /** @throws PemException when none of several authorities, or not the client's own certificate, is valid at the time */
    public static void requireValid(PemException.Part part, List<X509Certificate> certificates, Instant at)
            throws PemException {
        List<X509Certificate> judged =
                part == PemException.Part.CA_CERTIFICATE ? certificates : certificates.subList(0, 1);
        if (judged.stream().allMatch(one -> one.getNotAfter().toInstant().isBefore(at))) {
            throw new PemException(
                    part, "has expired on " + judged.getFirst().getNotAfter().toInstant() + "; give a valid one.");
        }
        if (judged.stream().allMatch(one -> one.getNotBefore().toInstant().isAfter(at))) {
            throw new PemException(
                    part,
                    "is not valid before " + judged.getFirst().getNotBefore().toInstant() + "; give a valid one.");
        }
    }

    private static PemException unreadable(PemException.Part part) {
        return new PemException(part, "must be X.509 certificates in PEM (-----BEGIN CERTIFICATE-----).");
    }
}
