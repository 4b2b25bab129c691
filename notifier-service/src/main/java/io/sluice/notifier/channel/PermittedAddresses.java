package io.sluice.notifier.channel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Looks a host up, once for each connection, and hands out its addresses only when every one of them may be called. What
 * it hands out is what is connected to, so a name server that answers differently from one moment to the next gains
 * nothing. Thread-safe.
 */
final class PermittedAddresses implements DnsResolver {

    /** Each may take as long as a connection may; a host with many dead ones must not hold a sender. */
    private static final int TRIED = 2;

    private final AddressPolicy policy;
    private final Names names;

    PermittedAddresses(AddressPolicy policy, Names names) {
        this.policy = policy;
        this.names = names;
    }

    /** Who knows the addresses of hosts. */
    @FunctionalInterface
    interface Names {
        InetAddress[] lookUp(String host) throws UnknownHostException;
    }

    /** At least one of the host's addresses may not be called. */
    static final class Forbidden extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        Forbidden(String host) {
            super("leads to a loopback, private, link-local or otherwise not public address (host " + host
                    + "); an administrator can allow its range with SLUICE_WEBHOOK_ALLOWED_ADDRESSES.");
        }
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        List<InetAddress> found = List.of(names.lookUp(bare));
        if (!found.stream().allMatch(policy::permits)) {
            throw new Forbidden(bare);
        }
        return found.stream().limit(TRIED).toArray(InetAddress[]::new);
    }

    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
        return Arrays.stream(resolve(host))
                .findFirst()
                .orElseThrow(() -> new UnknownHostException(host))
                .getHostAddress();
    }
}
