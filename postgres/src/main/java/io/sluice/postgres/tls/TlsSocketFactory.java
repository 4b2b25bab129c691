package io.sluice.postgres.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * How the driver gets TLS sockets: it makes this class by name and hands it a text, under which the context is found
 * ({@code sslfactory}, {@code sslfactoryarg}). So no key passes through the driver's properties. Thread-safe.
 */
public final class TlsSocketFactory extends SSLSocketFactory {

    private static final Map<String, SSLContext> CONTEXTS = new ConcurrentHashMap<>();

    private final SSLSocketFactory sockets;

    /** @param id from {@link #register} */
    public TlsSocketFactory(String id) {
        SSLContext context = find(id);
        if (context == null) {
            throw new IllegalStateException("the connections to this endpoint were closed");
        }
        this.sockets = context.getSocketFactory();
    }

    /** From here on the driver finds it; until {@link #forget}. */
    public static String register(SSLContext context) {
        String id = UUID.randomUUID().toString();
        CONTEXTS.put(id, context);
        return id;
    }

    public static void forget(String id) {
        CONTEXTS.remove(id);
    }

    /** For {@link #find} in another class loader. */
    public static @Nullable SSLContext registered(String id) {
        return CONTEXTS.get(id);
    }

    /** Some drivers find this class by their own class loader, where nothing was registered; the thread's knows ours. */
    private static @Nullable SSLContext find(String id) {
        SSLContext own = CONTEXTS.get(id);
        if (own != null) {
            return own;
        }
        try {
            return (SSLContext) Class.forName(
                            TlsSocketFactory.class.getName(),
                            true,
                            Thread.currentThread().getContextClassLoader())
                    .getMethod("registered", String.class)
                    .invoke(null, id);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
        return sockets.createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return sockets.createSocket(address, port, localAddress, localPort);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return sockets.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return sockets.getSupportedCipherSuites();
    }
}
