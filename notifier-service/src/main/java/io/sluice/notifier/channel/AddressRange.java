package io.sluice.notifier.channel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A range of IP addresses in CIDR notation, as in {@code 10.0.0.0/8} or {@code fd00::/8}; a lone address is a range of
 * one. An IPv4 address written as IPv6 ({@code ::ffff:10.0.0.1}) is that IPv4 address.
 */
record AddressRange(InetAddress network, int prefixLength) {

    /** Numbers only, so that no text can make the system ask a name server. */
    private static final Pattern LITERAL = Pattern.compile("\\d+(\\.\\d+){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    AddressRange {
        int bits = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException(
                    "address range: prefix length " + prefixLength + " is not between 0 and " + bits);
        }
    }

    /** @throws IllegalArgumentException when the text is no address range */
    static AddressRange parse(String text) {
        String[] parts = text.strip().split("/", 2);
        if (!LITERAL.matcher(parts[0]).matches()) {
            throw invalid(text);
        }
        try {
            InetAddress network = InetAddress.getByName(parts[0]);
            int bits = network.getAddress().length * Byte.SIZE;
            return new AddressRange(network, parts.length == 1 ? bits : Integer.parseInt(parts[1]));
        } catch (UnknownHostException | NumberFormatException e) {
            throw invalid(text);
        }
    }

    boolean contains(InetAddress address) {
        byte[] wanted = network.getAddress();
        byte[] given = address.getAddress();
        if (wanted.length != given.length) {
            return false;
        }
        for (int bit = 0; bit < prefixLength; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((wanted[bit / Byte.SIZE] ^ given[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "address range: '" + text + "' is not in CIDR notation, as in 10.0.0.0/8 or fd00::/8");
    }
}
