package io.sluice.notifier.channel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses a webhook may be sent to. Whoever may subscribe an endpoint must not be able to make Sluice call
 * services of its own network, so only public addresses are allowed, and the ranges that an administrator names.
 * Thread-safe.
 */
public final class AddressPolicy {

    /**
     * Not globally reachable by the IANA special-purpose registries (RFC 6890), and multicast; the ranges for
     * documentation are left out, as nothing answers there.
     */
    private static final List<AddressRange> FORBIDDEN = Stream.of(
                    "0.0.0.0/8", // this network
                    "10.0.0.0/8", // private
                    "100.64.0.0/10", // carrier-grade NAT
                    "127.0.0.0/8", // loopback
                    "169.254.0.0/16", // link-local, and the metadata services of clouds
                    "168.63.129.16/32", // the platform's own services, within Azure
                    "172.16.0.0/12", // private
                    "192.0.0.0/24", // protocol assignments
                    "192.88.99.0/24", // 6to4 relays
                    "192.168.0.0/16", // private
                    "198.18.0.0/15", // benchmarks
                    "224.0.0.0/4", // multicast
                    "240.0.0.0/4", // reserved, broadcast
                    "::/96", // unspecified, loopback, IPv4-compatible
                    "64:ff9b:1::/48", // local NAT64
                    "100::/64", // discard
                    "2001::/23", // protocol assignments, Teredo
                    "2002::/16", // 6to4: any IPv4 address
                    "fc00::/7", // unique local
                    "fe80::/10", // link-local
                    "fec0::/10", // site-local
                    "ff00::/8") // multicast
            .map(AddressRange::parse)
            .toList();

    /** An IPv4 address behind the well-known NAT64 prefix (RFC 6052) is judged as that IPv4 address. */
    private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96");

    private final List<AddressRange> allowed;

    /** @param allowed ranges in CIDR notation that are allowed although they are not public */
    public AddressPolicy(List<String> allowed) {
        this.allowed = allowed.stream().map(AddressRange::parse).toList();
    }

    public boolean permits(InetAddress address) {
        InetAddress meant = NAT64.contains(address) ? embedded(address) : address;
        return allowed.stream().anyMatch(range -> range.contains(meant))
                || FORBIDDEN.stream().noneMatch(range -> range.contains(meant));
    }

    private static InetAddress embedded(InetAddress address) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), 12, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an IPv4 address", e);
        }
    }
}
