package io.sluice.localstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void givesAnotherPortWhenTheWantedOneIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int wanted = taken.getLocalPort();

            assertThat(Ports.isFree(wanted)).isFalse();
            assertThat(Ports.freeOr(wanted)).isNotEqualTo(wanted).isBetween(20_000, 32_000);
        }
    }

    @Test
    void givesEachPortOnce() {
        int port = Ports.free();

        assertThat(Ports.isFree(port)).isTrue();
        assertThat(Ports.freeOr(port)).isNotEqualTo(port);
    }
}
