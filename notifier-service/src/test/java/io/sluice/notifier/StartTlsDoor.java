package io.sluice.notifier;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.sluice.localstack.CertificateAuthority;
import io.sluice.notifier.channel.TestTls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The front of a mail server that wants TLS first (RFC 3207), as GreenMail cannot do it; what comes through TLS is said to
 * the mail server behind it. Thread-safe.
 */
final class StartTlsDoor implements AutoCloseable {

    private final ServerSocket listening;
    private final int behind;
    private final List<String> inClear = new CopyOnWriteArrayList<>();
    private volatile @Nullable SSLContext identity;

    StartTlsDoor(int port, int behind) {
        this.behind = behind;
        try {
            listening = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().start(this::accept);
    }

    /** Until now it offers no TLS; from now on it does, with this certificate. */
    void show(CertificateAuthority.Issued certificate) {
        identity = TestTls.server(certificate);
    }

    /** The commands that came without TLS, without their arguments. */
    List<String> inClear() {
        return List.copyOf(inClear);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                Thread.ofPlatform().daemon().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))) {
            SSLContext tls = identity;
            say(socket, "220 door");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
                inClear.add(verb);
                switch (verb) {
                    case "EHLO" -> say(socket, tls == null ? "250-door\r\n250 AUTH PLAIN" : "250-door\r\n250 STARTTLS");
                    case "STARTTLS" -> {
                        if (tls != null) {
                            say(socket, "220 go ahead");
                            secured(tls, socket);
                        }
                        return;
                    }
                    case "QUIT" -> {
                        say(socket, "221 bye");
                        return;
                    }
                    default -> say(socket, "530 5.7.0 Must issue a STARTTLS command first");
                }
            }
        } catch (IOException hungUp) {
            System.getLogger(StartTlsDoor.class.getName()).log(System.Logger.Level.DEBUG, "hung up", hungUp);
        }
    }

    private void secured(SSLContext tls, Socket socket) throws IOException {
        try (SSLSocket client = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
                Socket server = new Socket(InetAddress.getLoopbackAddress(), behind)) {
            client.setUseClientMode(false);
            client.startHandshake();
            // The greeting was said at the door.
            for (int next = server.getInputStream().read(); next >= 0 && next != '\n'; ) {
                next = server.getInputStream().read();
            }
            Thread back = Thread.ofPlatform().daemon().start(() -> pour(server, client));
            pour(client, server);
            back.interrupt();
        }
    }

    private static void pour(Socket from, Socket to) {
        try {
            byte[] some = new byte[4096];
            OutputStream out = to.getOutputStream();
            for (int read = from.getInputStream().read(some); read >= 0; ) {
                out.write(some, 0, read);
                out.flush();
                read = from.getInputStream().read(some);
            }
            to.close();
        } catch (IOException hungUp) {
            System.getLogger(StartTlsDoor.class.getName()).log(System.Logger.Level.DEBUG, "hung up", hungUp);
        }
    }

    private static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
        socket.getOutputStream().flush();
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
