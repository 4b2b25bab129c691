package io.sluice.postgres.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.secret.Secret;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.localstack.CertificateAuthority.Issued;
import io.sluice.postgres.tls.PemException.Part;
import java.security.AlgorithmParameters;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.spec.PBEParameterSpec;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ClientIdentityTest {

    private static final CertificateAuthority AUTHORITY = new CertificateAuthority("authority");

    private static final String OLD_ENCRYPTION = """
            -----BEGIN RSA PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-256-CBC,00

            AAAA
            -----END RSA PRIVATE KEY-----
            """;

    @Test
    void keysOfEveryFormAreRead() throws Exception {
        KeyPair rsa = CertificateAuthority.rsaKeys();
        Issued withRsa = AUTHORITY.issue("client", rsa, Instant.now().plus(Duration.ofDays(1)));
        Issued withCurve = AUTHORITY.issue("client");
        identity(withRsa, withRsa.key());
        identity(withCurve, withCurve.key());
        identity(
                withRsa,
                CertificateAuthority.pem(
                        "RSA PRIVATE KEY", inner(rsa.getPrivate().getEncoded(), 22)));
        assertThat(identity(withCurve, withCurve.encryptedKey("open"), "open").chain())
                .hasSize(1);
    }

    /** Made by OpenSSL: {@code ecparam -genkey}, and {@code genrsa}, {@code pkcs8 -topk8} for the encrypted one. */
    @Test
    void keysThatOpensslWroteAreRead() throws Exception {
        ClientIdentity.of(Samples.EC_CERTIFICATE, new Secret(Samples.EC_KEY), null);
        ClientIdentity.of(Samples.RSA_CERTIFICATE, new Secret(Samples.RSA_KEY), null);
        ClientIdentity.of(Samples.RSA_CERTIFICATE, new Secret(Samples.RSA_KEY_ENCRYPTED), new Secret("sesame"));
    }

    @Test
    void aKeyThatCannotBeUsedIsNamedAndNotQuoted() {
        Issued client = AUTHORITY.issue("client");
        Issued other = AUTHORITY.issue("client");
        String encrypted = client.encryptedKey("right");
        refused(() -> identity(client, other.key()), Part.CLIENT_KEY, "must be the key of clientCertificate");
        refused(() -> identity(client, encrypted, "wrong"), Part.CLIENT_KEY_PASSWORD, "does not open clientKey");
        refused(() -> identity(client, encrypted), Part.CLIENT_KEY_PASSWORD, "must be given");
        refused(() -> identity(client, "hello"), Part.CLIENT_KEY, "must be a private key in PEM");
        refused(() -> identity(client, client.key().replaceFirst("\n.{20}", "\n")), Part.CLIENT_KEY, "cannot be read");
        refused(() -> identity(client, OLD_ENCRYPTION), Part.CLIENT_KEY, "openssl pkcs8");
        refused(
                () -> ClientIdentity.of("no certificate", new Secret(client.key()), null),
                Part.CLIENT_CERTIFICATE,
                "must be X.509");
    }

    @Test
    void whatStandsBetweenCertificatesIsNotKept() throws PemException {
        Issued client = AUTHORITY.issue("client");
        String bundle = "# ours, password: tulip\n" + AUTHORITY.certificate() + "subject=x\n" + client.certificate();

        assertThat(Certificates.only(bundle)).doesNotContain("tulip", "subject");
        assertThat(Certificates.parse(Part.CA_CERTIFICATE, Certificates.only(bundle)))
                .isEqualTo(Certificates.parse(Part.CA_CERTIFICATE, bundle))
                .hasSize(2);
        refused(
                () -> Certificates.parse(Part.CLIENT_CERTIFICATE, client.certificate() + client.key()),
                Part.CLIENT_CERTIFICATE,
                "must not hold a private key");
    }

    /** Within seconds: whoever asks must not keep a thread busy for minutes. */
    @Test
    void aKeyThatTakesMinutesToOpenIsRefused() throws Exception {
        Issued client = AUTHORITY.issue("client");
        byte[] der = Base64.getMimeDecoder().decode(client.encryptedKey("right").replaceAll("-----[^-]+-----", ""));
        byte[] endless = withIterations(der, 0x7fffffff);

        refused(
                () -> identity(client, CertificateAuthority.pem("ENCRYPTED PRIVATE KEY", endless), "right"),
                Part.CLIENT_KEY,
                "iterations");
        refused(() -> identity(client, client.encryptedKey("right"), "gr\u00fcn"), Part.CLIENT_KEY_PASSWORD, "ASCII");
    }

    private static byte[] withIterations(byte[] der, int count) throws Exception {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        PBEParameterSpec parameters = info.getAlgParameters().getParameterSpec(PBEParameterSpec.class);
        AlgorithmParameters more =
                AlgorithmParameters.getInstance(info.getAlgParameters().getAlgorithm());
        more.init(new PBEParameterSpec(parameters.getSalt(), count, parameters.getParameterSpec()));
        return new EncryptedPrivateKeyInfo(more, info.getEncryptedData()).getEncoded();
    }

    @Test
    void certificatesAreJudgedByTheirTime() throws PemException {
        Issued old = AUTHORITY.issue(
                "client", CertificateAuthority.ecKeys(), Instant.now().minus(Duration.ofHours(1)));
        var expired = Certificates.parse(Part.CLIENT_CERTIFICATE, old.certificate());
        refused(
                () -> Certificates.requireValid(Part.CLIENT_CERTIFICATE, expired, Instant.now()),
                Part.CLIENT_CERTIFICATE,
                "has expired");
        refused(
                () -> Certificates.requireValid(
                        Part.CLIENT_CERTIFICATE, expired, Instant.now().minus(Duration.ofDays(30))),
                Part.CLIENT_CERTIFICATE,
                "not valid before");
        // One of several authorities may be an old one.
        var several = Certificates.parse(Part.CA_CERTIFICATE, old.certificate() + "# ours\n" + AUTHORITY.certificate());
        Certificates.requireValid(Part.CA_CERTIFICATE, several, Instant.now());
        assertThat(several).hasSize(2);
    }

    private static void refused(ThrowingCallable call, Part part, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PemException.class, e -> assertThat(e.part()).isEqualTo(part))
                .hasMessageContaining(message)
                .hasMessageNotContaining("AAAA");
    }

    private static ClientIdentity identity(Issued certificate, String key) throws PemException {
        return ClientIdentity.of(certificate.certificate(), new Secret(key), null);
    }

    private static ClientIdentity identity(Issued certificate, String key, String password) throws PemException {
        return ClientIdentity.of(certificate.certificate(), new Secret(key), new Secret(password));
    }

    /** What PKCS#8 wraps. */
    private static byte[] inner(byte[] pkcs8, int header) {
        return Arrays.copyOfRange(pkcs8, header + 4, pkcs8.length);
    }
}
