package io.sluice.http.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts invalid tokens by address, in windows that begin with the first one, and bounds how many guesses an address that
 * has sent too many may have under way. Bounded itself: when too many addresses fail at once, those that have been quiet
 * longest are forgotten. Thread-safe.
 */
final class FailedLogins {

    /** What a guess costs an address that has sent too many. */
    static final Duration PAUSE = Duration.ofSeconds(2);

    /** Of one address; so it has {@code MOST_GUESSES} guesses in {@link #PAUSE}. */
    static final int MOST_GUESSES = 5;

    /** Of all addresses. */
    private static final int MOST_WAITING = 1_000;

    private static final int MOST_ADDRESSES = 10_000;

    private final int limit;
    private final Duration window;
    private final Clock clock;
    private final Map<String, Integer> guesses = new HashMap<>();
    private int waiting;
    private final Map<String, Window> windows = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };

    FailedLogins(int limit, Duration window, Clock clock) {
        if (limit < 1) {
            throw new IllegalArgumentException("sluice.failed-logins.limit: must be at least 1, not " + limit);
        }
        if (window.isNegative() || window.isZero()) {
            throw new IllegalArgumentException("sluice.failed-logins.window: must be longer than nothing");
        }
        this.limit = limit;
        this.window = window;
        this.clock = clock;
    }

    /** @return how long this address has to wait; zero while it is below the limit */
    synchronized Duration failed(String address) {
        Instant now = clock.instant();
        String network = network(address);
        Window open = windows.get(network);
        Window counted = open == null || !open.end().isAfter(now)
                ? new Window(now.plus(window), 1)
                : new Window(open.end(), Math.min(open.failures() + 1, limit + 1));
        windows.put(network, counted);
        return counted.failures() > limit ? Duration.between(now, counted.end()) : Duration.ZERO;
    }

    /** Whether this address has sent so many that each further guess is slowed. */
    synchronized boolean exhausted(String address) {
        Window open = windows.get(network(address));
        return open != null && open.end().isAfter(clock.instant()) && open.failures() >= limit;
    }

    /**
     * A guess that is to wait for {@link #PAUSE} before it is looked at; to be given back with {@link #leave}.
     *
     * @return false when too many wait already: then it is not to be looked at
     */
    synchronized boolean enter(String address) {
        String network = network(address);
        int own = guesses.getOrDefault(network, 0);
        if (own >= MOST_GUESSES || waiting >= MOST_WAITING) {
            return false;
        }
        guesses.put(network, own + 1);
        waiting++;
        return true;
    }

    synchronized void leave(String address) {
        waiting--;
        guesses.computeIfPresent(network(address), (network, own) -> own == 1 ? null : own - 1);
    }

    synchronized int addresses() {
        return windows.size();
    }

    /** Of an IPv6 address its /64, all of which one host may have. */
    private static String network(String address) {
        String[] groups = address.split(":", -1);
        return groups.length == 8 ? String.join(":", groups[0], groups[1], groups[2], groups[3]) : address;
    }

    /** @param failures up to one more than the limit */
    private record Window(Instant end, int failures) {}
}
