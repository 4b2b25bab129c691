package io.sluice.postgres.tls;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Tls;
import io.sluice.contracts.task.TlsMode;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS settings of an endpoint as Java has them. As in libpq, REQUIRE checks the server's certificate only when an
 * authority is given. The host name is not looked at here; the driver does that for VERIFY_FULL.
 */
public final class TlsContext {

    private TlsContext() {}

    /** @throws SluiceException {@code TLS_FAILED} when a certificate or key cannot be used */
    public static SSLContext of(Tls tls, Credentials credentials) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(tls, credentials), trustManagers(tls), null);
            return context;
        } catch (PemException e) {
            throw new SluiceException(ErrorCode.TLS_FAILED, "tls." + e.part().field() + " " + e.getMessage(), e);
        } catch (GeneralSecurityException | IOException e) {
            throw new SluiceException(
                    ErrorCode.TLS_FAILED,
                    "The certificates cannot be used: " + e.getClass().getSimpleName(),
                    e);
        }
    }

    private static TrustManager[] trustManagers(Tls tls) throws PemException, GeneralSecurityException, IOException {
        if (tls.caCertificate() == null && tls.mode() == TlsMode.REQUIRE) {
            return new TrustManager[] {new AnyServer()};
        }
        KeyStore authorities = null;
        if (tls.caCertificate() != null) {
            authorities = KeyStore.getInstance(KeyStore.getDefaultType());
            authorities.load(null, null);
            int number = 0;
            for (X509Certificate one : Certificates.parse(PemException.Part.CA_CERTIFICATE, tls.caCertificate())) {
                authorities.setCertificateEntry("authority-" + number++, one);
            }
        }
        // Without a key store: the JVM's own authorities.
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities);
        return factory.getTrustManagers();
    }

    private static KeyManager @Nullable [] keyManagers(Tls tls, Credentials credentials) throws PemException {
        if (tls.clientCertificate() == null || credentials.clientKey() == null) {
            return null;
        }
        return new KeyManager[] {
            new OneIdentity(ClientIdentity.of(
                    tls.clientCertificate(), credentials.clientKey(), credentials.clientKeyPassword()))
        };
    }

    /** Shows its certificate whatever authorities the server names, as libpq does; so the server says what is wrong. */
    private static final class OneIdentity extends X509ExtendedKeyManager {

        private static final String ALIAS = "client";

        private final ClientIdentity identity;

        OneIdentity(ClientIdentity identity) {
            this.identity = identity;
        }

        @Override
        public @Nullable String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
            String own = identity.key().getAlgorithm();
            return Arrays.stream(keyTypes).anyMatch(type -> type.equals(own) || type.equals(publicAlgorithm()))
                    ? ALIAS
                    : null;
        }

        @Override
        public @Nullable String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
            return ALIAS;
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal[] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return identity.chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.key();
        }

        private String publicAlgorithm() {
            return List.copyOf(identity.chain()).getFirst().getPublicKey().getAlgorithm();
        }
    }

    /** For REQUIRE without an authority: encrypted, with whomever it is. */
    private static final class AnyServer extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
