package io.sluice.contracts.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals credentials with AES-256-GCM under the master key that all services share ({@code SLUICE_MASTER_KEY}). A fresh
 * 96-bit nonce per sealing; the context (the task's id) is authenticated, so that a sealed secret cannot be moved to
 * another task. Thread-safe.
 */
public final class SecretSeal {

    static final String PREFIX = "v1:";

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param masterKey base64 of 32 bytes
     * @throws SluiceException {@code SECRET_UNREADABLE} when it is anything else
     */
    public SecretSeal(String masterKey) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(masterKey.strip());
        } catch (IllegalArgumentException e) {
            throw badKey();
        }
        if (bytes.length != KEY_BYTES) {
            throw badKey();
        }
        this.key = new SecretKeySpec(bytes, "AES");
    }

    public SealedSecret seal(String context, Secret secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, context, new GCMParameterSpec(TAG_BITS, nonce));
            byte[] sealed = cipher.doFinal(secret.reveal().getBytes(UTF_8));
            byte[] all = new byte[NONCE_BYTES + sealed.length];
            System.arraycopy(nonce, 0, all, 0, NONCE_BYTES);
            System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
            return new SealedSecret(PREFIX + Base64.getEncoder().encodeToString(all));
        } catch (GeneralSecurityException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "this Java has no AES-256-GCM", e);
        }
    }

    /** @throws SluiceException {@code SECRET_UNREADABLE} when it was sealed with another key or for another task */
    public Secret open(String context, SealedSecret sealed) {
        try {
            byte[] all = Base64.getDecoder().decode(sealed.text().substring(PREFIX.length()));
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, context, new GCMParameterSpec(TAG_BITS, all, 0, NONCE_BYTES));
            return new Secret(new String(cipher.doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES), UTF_8));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new SluiceException(
                    ErrorCode.SECRET_UNREADABLE,
                    "A stored credential cannot be opened: SLUICE_MASTER_KEY must be the same for every service and"
                            + " the one it was stored with.",
                    e);
        }
    }

    private Cipher cipher(int mode, String context, GCMParameterSpec parameters) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, parameters);
        cipher.updateAAD(context.getBytes(UTF_8));
        return cipher;
    }

    private static SluiceException badKey() {
        return new SluiceException(
                ErrorCode.SECRET_UNREADABLE,
                "SLUICE_MASTER_KEY must be base64 of 32 random bytes, as printed by: openssl rand -base64 32");
    }
}
