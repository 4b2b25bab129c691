package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A receiver that says whatever it likes on its sockets. */
final class RawReceiver implements AutoCloseable {

    private final ServerSocket listening;
    private final @Nullable Answer answer;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile String request = "";
    private volatile String serverName = "";

    private RawReceiver(ServerSocket listening, @Nullable Answer answer) {
        this.listening = listening;
        this.answer = answer;
        Thread.ofVirtual().start(this::accept);
    }

    /** What it says to a request; then it hangs up. */
    interface Answer {
        void write(OutputStream out) throws IOException;
    }

    static RawReceiver silent() {
        return start(null, null);
    }

    static RawReceiver answering(Answer answer) {
        return start(null, answer);
    }

    static RawReceiver tls(SSLContext tls, Answer answer) {
        return start(tls, answer);
    }

    private static RawReceiver start(@Nullable SSLContext tls, @Nullable Answer answer) {
        try {
            InetAddress here = InetAddress.getAllByName("127.0.0.1")[0];
            return new RawReceiver(
                    tls == null
                            ? new ServerSocket(0, 50, here)
                            : tls.getServerSocketFactory().createServerSocket(0, 50, here),
                    answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return listening.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    /** The head of the newest request. */
    String request() {
        return request;
    }

    /** What the client has asked for in the TLS handshake. */
    String serverName() {
        return serverName;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                open.add(socket);
                connections.incrementAndGet();
                Thread.ofPlatform().daemon().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        if (answer == null) {
            return;
        }
        try (socket) {
            if (socket instanceof SSLSocket secured) {
                secured.startHandshake();
                serverName = ((ExtendedSSLSession) secured.getSession())
                        .getRequestedServerNames().stream()
                                .map(name -> new SNIHostName(name.getEncoded()).getAsciiName())
                                .findFirst()
                                .orElse("");
            }
            request = head(socket.getInputStream());
            answer.write(socket.getOutputStream());
            socket.getOutputStream().flush();
        } catch (IOException hungUp) {
            open.remove(socket);
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.append(new String(new byte[] {(byte) next}, US_ASCII));
        }
        in.readNBytes(2);
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
