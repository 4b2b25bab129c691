package io.sluice.capture.engine;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.ServerVersion;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;

/**
 * A replication connection whose streams are {@link TappedStream}s. The driver offers replication through interfaces
 * only, so the way from the connection to the stream (connection, replication API, builders) is followed by proxies: each
 * hands out what the driver hands out, wrapped where it leads on to the stream. Nothing is wrapped on the path of a row.
 *
 * <p>Servers from 14 on are asked to send large transactions while they go on ({@link StreamedTransactions}), whatever the
 * decoder has asked for.
 */
final class TappedConnection implements InvocationHandler {

    private final Object target;
    private final boolean streams;
    private final ProtocolTap tap;
    private final StreamedTransactions streamed;

    private TappedConnection(Object target, boolean streams, ProtocolTap tap, StreamedTransactions streamed) {
        this.target = target;
        this.streams = streams;
        this.tap = tap;
        this.streamed = streamed;
    }

    /** @param mayStream whether what comes of a transaction can be told apart by its subtransactions */
    static Connection of(Connection connection, ProtocolTap tap, StreamedTransactions streamed, boolean mayStream)
            throws SQLException {
        BaseConnection driver = connection.unwrap(BaseConnection.class);
        boolean streams = mayStream && driver.haveMinimumServerVersion(ServerVersion.from("14"));
        return (Connection) new TappedConnection(driver, streams, tap, streamed).proxy(BaseConnection.class);
    }

    private Object proxy(Class<?> type) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, this);
    }

    @SuppressWarnings("ReferenceEquality") // a builder's setter answers the builder itself
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getName().equals("unwrap") && arguments != null && ((Class<?>) arguments[0]).isInstance(proxy)) {
            return proxy;
        }
        if (streams
                && target instanceof ChainedLogicalStreamBuilder builder
                && method.getName().equals("start")) {
            builder.withSlotOption("proto_version", 2).withSlotOption("streaming", true);
        }
        Object result;
        try {
            result = method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
        if (result instanceof PGReplicationStream stream) {
            return new TappedStream(stream, tap, streamed);
        }
        if (result == target) {
            return proxy;
        }
        Class<?> type = method.getReturnType();
        boolean leadsOn = type.isInterface() && type.getName().startsWith("org.postgresql.replication");
        return leadsOn && result != null ? new TappedConnection(result, streams, tap, streamed).proxy(type) : result;
    }
}
