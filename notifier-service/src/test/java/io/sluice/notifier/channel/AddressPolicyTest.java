package io.sluice.notifier.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {

    private final AddressPolicy nothingAllowed = new AddressPolicy(List.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "127.0.0.1",
                "127.255.0.9",
                "168.63.129.16",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "198.18.0.1",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::10.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "fe80::1",
                "febf::1",
                "fc00::1",
                "fd12:3456::1",
                "fec0::1",
                "ff02::1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::127.0.0.1",
                "64:ff9b:1::1",
                "2002:7f00:1::",
                "2001:0:1::1"
            })
    void refuses(String literal) throws UnknownHostException {
        assertThat(nothingAllowed.permits(address(literal))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
                "128.0.0.1", "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1",
                "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2a00::1"
            })
    void permits(String literal) throws UnknownHostException {
        assertThat(nothingAllowed.permits(address(literal))).isTrue();
    }

    @Test
    void whatAnAdministratorNamesIsPermittedAndNothingElse() throws UnknownHostException {
        AddressPolicy policy = new AddressPolicy(List.of("10.1.0.0/16", " 127.0.0.1", "fd00::/8"));
        assertThat(policy.permits(address("10.1.255.255"))).isTrue();
        assertThat(policy.permits(address("::ffff:10.1.0.1"))).isTrue();
        assertThat(policy.permits(address("64:ff9b::10.1.0.1"))).isTrue();
        assertThat(policy.permits(address("127.0.0.1"))).isTrue();
        assertThat(policy.permits(address("fdff::1"))).isTrue();
        assertThat(policy.permits(address("10.2.0.1"))).isFalse();
        assertThat(policy.permits(address("127.0.0.2"))).isFalse();
        assertThat(policy.permits(address("fc00::1"))).isFalse();
    }

    @Test
    void everythingCanBeAllowed() throws UnknownHostException {
        AddressPolicy policy = new AddressPolicy(List.of("0.0.0.0/0", "::/0"));
        assertThat(policy.permits(address("127.0.0.1"))).isTrue();
        assertThat(policy.permits(address("::1"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "example.com", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "fd00::/129", "10.0.0.0/x"})
    void aRangeThatIsNoneIsNamed(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AddressPolicy(List.of(text)))
                .withMessageStartingWith("address range");
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }
}
