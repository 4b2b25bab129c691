package io.sluice.e2e.packaging;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Answers {@code /q/health/ready} with one status, or has gone away. */
record HealthServer(@Nullable HttpServer server, int port) implements AutoCloseable {

    /** @param status 0 for a server that does not listen any more */
    static HealthServer answering(int status) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        int port = server.getAddress().getPort();
        server.createContext("/q/health/ready", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(status, -1);
            }
        });
        server.start();
        if (status == 0) {
            server.stop(0);
            return new HealthServer(null, port);
        }
        return new HealthServer(server, port);
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
    }
}
