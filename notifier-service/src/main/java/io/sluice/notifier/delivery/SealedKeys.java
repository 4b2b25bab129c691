package io.sluice.notifier.delivery;

import io.sluice.contracts.secret.SealedSecret;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What signs a subscription's messages; sealed for {@link Recipient#sealContext}.
 *
 * @param previous signs beside the current one for a while after a rotation; null when there is none
 * @param previousUntil when it no longer does
 */
public record SealedKeys(
        SealedSecret current,
        @Nullable SealedSecret previous,
        @Nullable Instant previousUntil) {

    public SealedKeys(SealedSecret current) {
        this(current, null, null);
    }

    /** The previous one, while it still counts. */
    @Nullable
    SealedSecret previousAt(Instant now) {
        return previousUntil != null && now.isBefore(previousUntil) ? previous : null;
    }
}
