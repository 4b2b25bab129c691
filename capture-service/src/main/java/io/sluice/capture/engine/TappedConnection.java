package io.sluice.capture.engine;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.replication.PGReplicationStream;

/**
 * A replication connection whose streams are {@link TappedStream}s. The driver offers replication through interfaces
 * only, so the way from the connection to the stream (connection, replication API, builders) is followed by proxies: each
 * hands out what the driver hands out, wrapped where it leads on to the stream. Nothing is wrapped on the path of a row.
 */
final class TappedConnection implements InvocationHandler {

    private final Object target;
    private final ProtocolTap tap;

    private TappedConnection(Object target, ProtocolTap tap) {
        this.target = target;
        this.tap = tap;
    }

    static Connection of(Connection connection, ProtocolTap tap) throws SQLException {
        return (Connection) wrap(connection.unwrap(BaseConnection.class), BaseConnection.class, tap);
    }

    private static Object wrap(Object target, Class<?> type, ProtocolTap tap) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new TappedConnection(target, tap));
    }

    @SuppressWarnings("ReferenceEquality") // a builder's setter answers the builder itself
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getName().equals("unwrap") && arguments != null && ((Class<?>) arguments[0]).isInstance(proxy)) {
            return proxy;
        }
        Object result;
        try {
            result = method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
        if (result instanceof PGReplicationStream stream) {
            return new TappedStream(stream, tap);
        }
        if (result == target) {
            return proxy;
        }
        Class<?> type = method.getReturnType();
        boolean leadsOn = type.isInterface() && type.getName().startsWith("org.postgresql.replication");
        return leadsOn && result != null ? wrap(result, type, tap) : result;
    }
}
