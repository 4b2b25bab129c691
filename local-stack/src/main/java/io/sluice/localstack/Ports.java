package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds free TCP ports of 127.0.0.1. They come from below the range that the system gives to outgoing connections, so that a server
 * which is stopped for a moment finds its port still free. A port that was handed out belongs to this JVM until it ends: a locked file
 * in the temporary directory says so to the others, which may look for ports before the server of this one listens. Thread-safe.
 */
public final class Ports {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 1_000;
    private static final Map<Integer, FileChannel> CLAIMS = new ConcurrentHashMap<>();

    private Ports() {}

    public static int free() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (claim(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port between " + LOWEST + " and " + HIGHEST);
    }

    /** The wanted port when it can be had, else any free one. */
    public static int freeOr(int wanted) {
        return claim(wanted) ? wanted : free();
    }

    /** Takes a port for this JVM; false when something listens on it or another JVM has taken it. */
    public static synchronized boolean claim(int port) {
        if (CLAIMS.containsKey(port) || !isFree(port)) {
            return false;
        }
        Path directory = Path.of(System.getProperty("java.io.tmpdir"), "sluice-ports-" + PostgresAccount.userId());
        try {
            Files.createDirectories(directory);
            FileChannel channel = FileChannel.open(
                    directory.resolve(Integer.toString(port)), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isLocked(channel)) {
                channel.close();
                return false;
            }
            CLAIMS.put(port, channel);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot claim port " + port + " in " + directory, e);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException heldByThisJvm) {
            return false;
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
