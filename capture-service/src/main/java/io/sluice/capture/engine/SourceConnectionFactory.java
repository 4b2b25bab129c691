package io.sluice.capture.engine;

import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.jdbc.JdbcConnection.ConnectionFactory;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * How Debezium's layer gets its connections: the same endpoint, TLS and canonical text settings as everywhere in Sluice.
 * Made by class name for each connection.
 */
public final class SourceConnectionFactory implements ConnectionFactory {

    @Override
    public Connection connect(JdbcConfiguration config) throws SQLException {
        StreamSession session = StreamSession.load(config.getString(DebeziumKeys.SESSION));
        if (config.getString("replication") == null) {
            Connection connection = session.source.open();
            session.opened(connection);
            return connection;
        }
        Connection connection = session.source.openReplication();
        session.opened(connection);
        return TappedConnection.of(connection, session.tap);
    }
}
