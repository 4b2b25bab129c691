package io.sluice.contracts.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals credentials with AES-256-GCM under the master keys that all services share ({@link MasterKeys}): the first key
 * seals, every key can open. A fresh 96-bit nonce per sealing; the context (the task's id) is authenticated, so that a
 * sealed secret cannot be moved to another task. Thread-safe.
 */
public final class SecretSeal {

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final MasterKeys keys;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param masterKey base64 of 32 bytes
     * @throws SluiceException {@code SECRET_UNREADABLE} when it is anything else
     */
    public SecretSeal(String masterKey) {
        this(MasterKeys.of(Optional.empty(), Optional.of(masterKey)));
    }

    public SecretSeal(MasterKeys keys) {
        this.keys = keys;
    }

    /** Sealed with the first key. */
    public SealedSecret seal(String context, Secret secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        MasterKeys.Key key = keys.first();
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, context, new GCMParameterSpec(TAG_BITS, nonce));
            byte[] sealed = cipher.doFinal(secret.reveal().getBytes(UTF_8));
            byte[] all = new byte[NONCE_BYTES + sealed.length];
            System.arraycopy(nonce, 0, all, 0, NONCE_BYTES);
            System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
            return SealedSecret.of(key.id(), Base64.getEncoder().encodeToString(all));
        } catch (GeneralSecurityException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "this Java has no AES-256-GCM", e);
        }
    }

    /**
     * Opened with the key that it names, else with whichever fits: a key may have been given another id since.
     *
     * @throws SluiceException {@code SECRET_UNREADABLE} when it was sealed with an unknown key or for another task
     */
    public Secret open(String context, SealedSecret sealed) {
        Exception cause;
        try {
            byte[] all = Base64.getDecoder().decode(sealed.cipherText());
            for (MasterKeys.Key key : keys.startingWith(sealed.keyId())) {
                String clear = opened(key, context, all);
                if (clear != null) {
                    return new Secret(clear);
                }
            }
            cause = new GeneralSecurityException("no key fits");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            cause = e;
        }
        String sealedWith = sealed.keyId() == null ? "" : " It was sealed with the key \"" + sealed.keyId() + "\".";
        throw new SluiceException(
                ErrorCode.SECRET_UNREADABLE,
                "A stored credential cannot be opened." + sealedWith
                        + " SLUICE_MASTER_KEY or SLUICE_MASTER_KEYS must be"
                        + " the same for every service, and still hold the key that it was stored with.",
                cause);
    }

    /** Whether it is sealed with the key that seals now. */
    public boolean isCurrent(SealedSecret sealed) {
        return keys.first().id().equals(sealed.keyId());
    }

    /** Sealed again with the first key, in a fresh form. */
    public SealedSecret reseal(String context, SealedSecret sealed) {
        return seal(context, open(context, sealed));
    }

    private static @Nullable String opened(MasterKeys.Key key, String context, byte[] all)
            throws GeneralSecurityException {
        try {
            Cipher cipher =
                    cipher(Cipher.DECRYPT_MODE, key, context, new GCMParameterSpec(TAG_BITS, all, 0, NONCE_BYTES));
            return new String(cipher.doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES), UTF_8);
        } catch (AEADBadTagException e) {
            return null;
        }
    }

    private static Cipher cipher(int mode, MasterKeys.Key key, String context, GCMParameterSpec parameters)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key.key(), parameters);
        cipher.updateAAD(context.getBytes(UTF_8));
        return cipher;
    }
}
