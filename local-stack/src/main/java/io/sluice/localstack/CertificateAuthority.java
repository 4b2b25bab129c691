package io.sluice.localstack;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A small certificate authority for tests: X.509 v3 certificates (RFC 5280) in PEM, made in memory. Thread-safe. */
public final class CertificateAuthority {

    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final byte[] COMMON_NAME = {0x06, 0x03, 0x55, 0x04, 0x03};
    private static final byte[] ALTERNATIVE_NAME = {0x06, 0x03, 0x55, 0x1d, 0x11};
    private static final byte[] BASIC_CONSTRAINTS = {0x06, 0x03, 0x55, 0x1d, 0x13};
    private static final byte[] TRUE = {0x01, 0x01, (byte) 0xff};
    private static final byte[] ECDSA_SHA256 = {
        0x30, 0x0a, 0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x04, 0x03, 0x02
    };
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final String name;
    private final KeyPair keys = ecKeys();
    private final String certificate;

    public CertificateAuthority(String name) {
        this.name = name;
        this.certificate =
                certificate(name, keys, List.of(), true, Instant.now().plus(Duration.ofDays(1)));
    }

    /** A certificate and its private key. */
    public record Issued(String certificate, PrivateKey privateKey) {

        /** PKCS#8 in PEM, not encrypted. */
        public String key() {
            return pem("PRIVATE KEY", privateKey.getEncoded());
        }

        /** PKCS#8 in PEM, encrypted. */
        public String encryptedKey(String password) {
            String algorithm = "PBEWithSHA1AndDESede";
            try {
                SecretKey key =
                        SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(password.toCharArray()));
                Cipher cipher = Cipher.getInstance(algorithm);
                cipher.init(Cipher.ENCRYPT_MODE, key);
                byte[] sealed = cipher.doFinal(privateKey.getEncoded());
                return pem(
                        "ENCRYPTED PRIVATE KEY",
                        new EncryptedPrivateKeyInfo(cipher.getParameters(), sealed).getEncoded());
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Its own certificate, in PEM. */
    public String certificate() {
        return certificate;
    }

    /** For clients that trust this authority and no other. */
    public SSLContext trusting() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, new char[0]);
            trusted.setCertificateEntry(
                    "authority",
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(certificate.getBytes(US_ASCII))));
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param hosts names and addresses of a server; none for a client */
    public Issued issue(String commonName, String... hosts) {
        return issue(commonName, ecKeys(), Instant.now().plus(Duration.ofDays(1)), hosts);
    }

    public Issued issue(String commonName, KeyPair subject, Instant validUntil, String... hosts) {
        return new Issued(certificate(commonName, subject, List.of(hosts), false, validUntil), subject.getPrivate());
    }

    public static KeyPair ecKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static KeyPair rsaKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String pem(String kind, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
    }

    private String certificate(String subject, KeyPair of, List<String> hosts, boolean authority, Instant until) {
        byte[] extensions = authority
                ? element(SEQUENCE, BASIC_CONSTRAINTS, TRUE, element(0x04, element(SEQUENCE, TRUE)))
                : hosts.isEmpty()
                        ? new byte[0]
                        : element(SEQUENCE, ALTERNATIVE_NAME, element(0x04, element(SEQUENCE, names(hosts))));
        byte[] body = element(
                SEQUENCE,
                element(0xa0, new byte[] {0x02, 0x01, 0x02}),
                element(0x02, new BigInteger(63, new SecureRandom()).toByteArray()),
                ECDSA_SHA256,
                named(name),
                element(SEQUENCE, time(until.minus(Duration.ofDays(2))), time(until)),
                named(subject),
                of.getPublic().getEncoded(),
                extensions.length == 0 ? extensions : element(0xa3, element(SEQUENCE, extensions)));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(body);
            return pem(
                    "CERTIFICATE",
                    element(SEQUENCE, body, ECDSA_SHA256, element(0x03, new byte[] {0}, signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] names(List<String> hosts) {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        for (String host : hosts) {
            names.writeBytes(
                    Character.isDigit(host.charAt(0))
                            ? element(0x87, address(host))
                            : element(0x82, host.getBytes(US_ASCII)));
        }
        return names.toByteArray();
    }

    private static byte[] address(String host) {
        try {
            return InetAddress.getByName(host).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host: not an address: " + host, e);
        }
    }

    private static byte[] named(String commonName) {
        return element(
                SEQUENCE, element(SET, element(SEQUENCE, COMMON_NAME, element(0x0c, commonName.getBytes(UTF_8)))));
    }

    private static byte[] time(Instant at) {
        return element(0x18, TIME.format(at).getBytes(US_ASCII));
    }

    private static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        if (length < 0x80) {
            all.write(length);
        } else if (length < 0x100) {
            all.write(0x81);
            all.write(length);
        } else {
            all.write(0x82);
            all.write(length >> 8);
            all.write(length);
        }
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }
}
