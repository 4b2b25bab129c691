package io.sluice.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * Sockets that notice within about a minute that the other host has vanished without a word (TCP keep-alive: after 30 s
 * of silence, then each 10 s, three times). The driver makes this class by name ({@code socketFactory}). Thread-safe.
 */
public final class WatchfulSocketFactory extends SocketFactory {

    private static final Map<SocketOption<Integer>, Integer> KEEP_ALIVE = Map.of(
            ExtendedSocketOptions.TCP_KEEPIDLE, 30,
            ExtendedSocketOptions.TCP_KEEPINTERVAL, 10,
            ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

    /** For the driver. */
    @SuppressWarnings("RedundantModifier")
    public WatchfulSocketFactory() {}

    @Override
    public Socket createSocket() throws IOException {
        return watchful(new Socket());
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return watchful(new Socket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return watchful(new Socket(host, port, localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return watchful(new Socket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return watchful(new Socket(address, port, localAddress, localPort));
    }

    private static Socket watchful(Socket socket) throws IOException {
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        for (Map.Entry<SocketOption<Integer>, Integer> option : KEEP_ALIVE.entrySet()) {
            // Some systems have other ways for it.
            if (socket.supportedOptions().contains(option.getKey())) {
                socket.setOption(option.getKey(), option.getValue());
            }
        }
        return socket;
    }
}
