package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import javax.net.ServerSocketFactory;

/** A mail server whose answer to each recipient is told beforehand; it keeps whom it took a message for. */
public final class ScriptedMailServer implements AutoCloseable {

    private final ServerSocket listening;
    private final Thread accepting;
    private final Map<String, IntFunction<String>> answers = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    private volatile String toSender = "250 ok";
    private volatile String toContent = "250 taken";
    private final List<String> taken = new CopyOnWriteArrayList<>();

    public ScriptedMailServer(int port) {
        this(port, ServerSocketFactory.getDefault());
    }

    ScriptedMailServer(int port, ServerSocketFactory sockets) {
        try {
            listening = sockets.createServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        accepting = Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** @param answer to RCPT TO, given how often it was asked before */
    public void answer(String recipient, IntFunction<String> answer) {
        answers.put(recipient, answer);
    }

    /** To MAIL FROM. */
    void answerSender(String answer) {
        toSender = answer;
    }

    /** To the end of a message's content. */
    void answerContent(String answer) {
        toContent = answer;
    }

    public List<String> taken() {
        return List.copyOf(taken);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))) {
            say(socket, "220 scripted");
            String recipient = "";
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String verb = line.length() < 4 ? line : line.substring(0, 4).toUpperCase(Locale.ROOT);
                switch (verb) {
                    case "RCPT" -> {
                        String asking = line.substring(line.indexOf('<') + 1, line.indexOf('>'));
                        int before = asked.computeIfAbsent(asking, none -> new AtomicInteger())
                                .getAndIncrement();
                        recipient = asking;
                        say(
                                socket,
                                answers.getOrDefault(asking, count -> "250 ok").apply(before));
                    }
                    case "DATA" -> {
                        say(socket, "354 go on");
                        String content = in.readLine();
                        while (content != null && !content.equals(".")) {
                            content = in.readLine();
                        }
                        if (toContent.startsWith("250")) {
                            taken.add(recipient);
                        }
                        say(socket, toContent);
                    }
                    case "MAIL" -> say(socket, toSender);
                    case "QUIT" -> {
                        say(socket, "221 bye");
                        return;
                    }
                    default -> say(socket, "250 ok");
                }
            }
        } catch (IOException hungUp) {
            System.getLogger(ScriptedMailServer.class.getName()).log(System.Logger.Level.DEBUG, "hung up", hungUp);
        }
    }

    private static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
        socket.getOutputStream().flush();
    }

    /** Then another server can listen there. */
    @Override
    public void close() {
        try {
            listening.close();
            accepting.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
