package io.sluice.apply.load;

import org.jspecify.annotations.Nullable;

/**
 * A limit per second, of which up to a second's worth may be used at once. What is taken is never refused: it is owed, and
 * whoever takes waits until nothing is owed any more. Not thread-safe.
 */
public final class TokenBucket {

    private @Nullable Long perSecond;
    private double available;
    private long refilledAt;

    public TokenBucket(long nanos) {
        this.refilledAt = nanos;
    }

    /** @param limit null for none */
    public void take(long amount, @Nullable Long limit, long nanos) {
        refill(limit, nanos);
        if (limit != null) {
            available -= amount;
        }
    }

    /** How long to wait, at the limit that holds now; 0 when nothing is owed. */
    public double secondsOwed(@Nullable Long limit, long nanos) {
        refill(limit, nanos);
        if (limit == null || available >= 0 && limit > 0) {
            return 0;
        }
        return limit == 0 ? Double.POSITIVE_INFINITY : -available / limit;
    }

    private void refill(@Nullable Long limit, long nanos) {
        double seconds = (nanos - refilledAt) / 1e9;
        refilledAt = nanos;
        if (limit == null) {
            available = 0;
        } else if (perSecond == null) {
            available = limit;
        } else {
            available = Math.min(limit, available + seconds * limit);
        }
        perSecond = limit;
    }
}
