package io.sluice.postgres.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidParameterSpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Private keys in PEM: PKCS#8 (RFC 5208), also encrypted, PKCS#1 for RSA (RFC 8017) and SEC 1 for elliptic curves (RFC
 * 5915). Java reads PKCS#8 only, so the other two are wrapped in it.
 */
final class PrivateKeys {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----([\\s\\S]*?)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    private static final byte[] EC_OID = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    /** Ten times what password managers take; each million costs about half a second. */
    private static final int MOST_ITERATIONS = 6_000_000;

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int EC_PARAMETERS = 0xa0;

    private PrivateKeys() {}

    /** @throws PemException when it is no key, or the password does not open it */
    static PrivateKey parse(String pem, @Nullable String password) throws PemException {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw bad("must be a private key in PEM: PKCS#8, PKCS#1 or EC (-----BEGIN PRIVATE KEY-----).");
        }
        String kind = block.group(1);
        String body = block.group(2);
        if (body.contains("ENCRYPTED")) {
            throw bad("is encrypted in an old format; convert it with: openssl pkcs8 -topk8 -v2 aes256 -in key.pem");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(body.strip());
        } catch (IllegalArgumentException e) {
            throw unreadable();
        }
        return switch (kind) {
            case "RSA PRIVATE KEY" -> key(element(SEQUENCE, VERSION_0, RSA_ALGORITHM, element(OCTETS, der)));
            case "EC PRIVATE KEY" -> key(wrappedCurve(der));
            case "ENCRYPTED PRIVATE KEY" -> key(decrypted(der, password));
            default -> key(der);
        };
    }

    private static PrivateKey key(byte[] pkcs8) throws PemException {
        for (String algorithm : ALGORITHMS) {
            PrivateKey key = findKey(algorithm, pkcs8);
            if (key != null) {
                return key;
            }
        }
        throw unreadable();
    }

    private static @Nullable PrivateKey findKey(String algorithm, byte[] pkcs8) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            // Of another algorithm, then; the message could quote the key.
            return null;
        }
    }

    private static byte[] decrypted(byte[] der, @Nullable String password) throws PemException {
        if (password == null) {
            throw new PemException(
                    PemException.Part.CLIENT_KEY_PASSWORD, "must be given, since clientKey is encrypted.");
        }
        EncryptedPrivateKeyInfo info;
        SecretKeyFactory factory;
        AlgorithmParameters parameters;
        String algorithm;
        try {
            info = new EncryptedPrivateKeyInfo(der);
            parameters = info.getAlgParameters();
            // For PBES2 the name of the scheme is told by the parameters only.
            algorithm = info.getAlgName().equals("PBES2") || info.getAlgName().startsWith("1.2.840.113549.1.5.13")
                    ? String.valueOf(parameters)
                    : info.getAlgName();
            factory = SecretKeyFactory.getInstance(algorithm);
        } catch (IOException | GeneralSecurityException e) {
            throw bad("is encrypted in a way that is not known here; convert it with:"
                    + " openssl pkcs8 -topk8 -v2 aes256 -v2prf hmacWithSHA256 -in key.pem");
        }
        // Java takes ASCII only, while openssl takes the bytes of UTF-8.
        if (!US_ASCII.newEncoder().canEncode(password)) {
            throw new PemException(
                    PemException.Part.CLIENT_KEY_PASSWORD,
                    "must be of ASCII characters; encrypt the key anew with such a password.");
        }
        if (iterations(parameters) > MOST_ITERATIONS) {
            throw bad("asks for more than " + MOST_ITERATIONS + " iterations to open it; convert it with:"
                    + " openssl pkcs8 -topk8 -v2 aes256 -in key.pem");
        }
        try {
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(
                    Cipher.DECRYPT_MODE, factory.generateSecret(new PBEKeySpec(password.toCharArray())), parameters);
            byte[] clear = cipher.doFinal(info.getEncryptedData());
            if (clear.length == 0 || clear[0] != SEQUENCE) {
                throw wrongPassword();
            }
            return clear;
        } catch (GeneralSecurityException e) {
            throw wrongPassword();
        }
    }

    private static int iterations(@Nullable AlgorithmParameters parameters) throws PemException {
        if (parameters == null) {
            throw bad("does not say how it is encrypted.");
        }
        try {
            return parameters.getParameterSpec(PBEParameterSpec.class).getIterationCount();
        } catch (InvalidParameterSpecException e) {
            throw unreadable();
        }
    }

    /** {@code ECPrivateKey ::= SEQUENCE {version, privateKey, [0] parameters, [1] publicKey}}. */
    private static byte[] wrappedCurve(byte[] der) throws PemException {
        try {
            int at = content(der, 0);
            at = next(der, at);
            at = next(der, at);
            if ((der[at] & 0xff) != EC_PARAMETERS) {
                throw bad("must name its curve; convert it with: openssl pkcs8 -topk8 -nocrypt -in key.pem");
            }
            int from = content(der, at);
            byte[] curve = Arrays.copyOfRange(der, from, next(der, at));
            return element(SEQUENCE, VERSION_0, element(SEQUENCE, EC_OID, curve), element(OCTETS, der));
        } catch (ArrayIndexOutOfBoundsException e) {
            throw unreadable();
        }
    }

    /** Where the content of the element at an index begins. */
    private static int content(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        return at + 2 + (length < 0x80 ? 0 : length - 0x80);
    }

    /** Where the element after the one at an index begins. */
    private static int next(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        if (length >= 0x80) {
            int bytes = length - 0x80;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | der[at + 2 + i] & 0xff;
            }
        }
        return content(der, at) + length;
    }

    private static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        int length = content.size();
        if (length < 0x80) {
            all.write(length);
        } else if (length < 0x100) {
            all.write(0x81);
            all.write(length);
        } else {
            all.write(0x83);
            all.write(length >> 16);
            all.write(length >> 8);
            all.write(length);
        }
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }

    private static PemException wrongPassword() {
        return new PemException(PemException.Part.CLIENT_KEY_PASSWORD, "does not open clientKey.");
    }

    private static PemException unreadable() {
        return bad("cannot be read: it is cut off, or of another algorithm than RSA, EC and Ed25519.");
    }

    private static PemException bad(String message) {
        return new PemException(PemException.Part.CLIENT_KEY, message);
    }
}
