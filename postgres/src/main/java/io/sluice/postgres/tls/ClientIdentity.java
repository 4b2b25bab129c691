package io.sluice.postgres.tls;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.secret.Secret;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificate that a client shows, and the private key that proves that it is its own. */
public final class ClientIdentity {

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private ClientIdentity(List<X509Certificate> chain, PrivateKey key) {
        this.chain = List.copyOf(chain);
        this.key = key;
    }

    /** @throws PemException when one of them cannot be read, or they do not belong together */
    public static ClientIdentity of(String certificate, Secret key, @Nullable Secret keyPassword) throws PemException {
        List<X509Certificate> chain = Certificates.parse(PemException.Part.CLIENT_CERTIFICATE, certificate);
        PrivateKey parsed = PrivateKeys.parse(key.reveal(), keyPassword == null ? null : keyPassword.reveal());
        requireMatch(chain.getFirst(), parsed);
        return new ClientIdentity(chain, parsed);
    }

    /** The client's own certificate first, then those that signed it. */
    public List<X509Certificate> chain() {
        return chain;
    }

    PrivateKey key() {
        return key;
    }

    private static void requireMatch(X509Certificate certificate, PrivateKey key) throws PemException {
        boolean fits;
        try {
            String algorithm = switch (key.getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> key.getAlgorithm();
            };
            Signature signature = Signature.getInstance(algorithm);
            byte[] text = "do they belong together?".getBytes(UTF_8);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(text);
            fits = signature.verify(signed);
        } catch (GeneralSecurityException e) {
            fits = false;
        }
        if (!fits) {
            throw new PemException(
                    PemException.Part.CLIENT_KEY, "must be the key of clientCertificate, which has another one.");
        }
    }
}
