package io.sluice.notifier.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.secret.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What an unsubscribe link ends with: the subscription, and a MAC under its own secret. The same in every message and
 * valid for as long as the subscription, so nothing of it is stored.
 */
public record UnsubscribeToken(UUID subscriptionId, String mac) {

    private static final String ALGORITHM = "HmacSHA256";

    static UnsubscribeToken of(UUID subscriptionId, Secret secret) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), ALGORITHM));
            byte[] bytes = mac.doFinal(("unsubscribe/" + subscriptionId).getBytes(UTF_8));
            return new UnsubscribeToken(
                    subscriptionId, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }

    /** Empty for text that is none. */
    public static Optional<UnsubscribeToken> parse(String text) {
        int dot = text.indexOf('.');
        try {
            return dot < 0
                    ? Optional.empty()
                    : Optional.of(
                            new UnsubscribeToken(UUID.fromString(text.substring(0, dot)), text.substring(dot + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether it was made under the secret of its subscription. */
    public boolean isMadeWith(Secret secret) {
        return MessageDigest.isEqual(of(subscriptionId, secret).mac.getBytes(UTF_8), mac.getBytes(UTF_8));
    }

    String text() {
        return subscriptionId + "." + mac;
    }

    @Override
    public String toString() {
        return "***";
    }
}
