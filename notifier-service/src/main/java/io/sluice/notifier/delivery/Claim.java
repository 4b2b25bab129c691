package io.sluice.notifier.delivery;

import io.sluice.contracts.secret.SealedSecret;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The right to make one attempt, for a limited time.
 *
 * @param number grows with each claim of the delivery; the outcome of an older claim no longer counts
 * @param lane whose room it takes
 */
record Claim(
        UUID deliveryId,
        int number,
        Lane lane,
        Recipient recipient,
        Message message,
        @Nullable SealedSecret confirmUrl) {}
