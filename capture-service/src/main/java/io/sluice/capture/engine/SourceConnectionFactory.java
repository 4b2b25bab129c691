package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.jdbc.JdbcConnection.ConnectionFactory;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TlsMode;
import io.sluice.postgres.Connections;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.Driver;

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
        Connection connection = open(session.source);
        session.opened(connection);
        return TappedConnection.of(connection, session.tap);
    }

    private static Connection open(Connections source) throws SQLException {
        Endpoint endpoint = source.endpoint();
        Properties properties = new Properties();
        properties.setProperty("user", endpoint.username());
        properties.setProperty("password", source.password().reveal());
        properties.setProperty("ApplicationName", "sluice-capture");
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("loginTimeout", "20");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("options", Connections.CANONICAL_OPTIONS);
        properties.setProperty("sslmode", Connections.sslMode(endpoint.tls().mode()));
        Path authorities = source.caFile();
        if (authorities != null) {
            properties.setProperty("sslrootcert", authorities.toString());
        } else if (endpoint.tls().mode() == TlsMode.VERIFY_CA || endpoint.tls().mode() == TlsMode.VERIFY_FULL) {
            properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        }
        properties.setProperty("replication", "database");
        // The replication protocol knows the simple query protocol only.
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "10");
        String host = endpoint.host().contains(":") ? "[" + endpoint.host() + "]" : endpoint.host();
        String url = "jdbc:postgresql://" + host + ":" + endpoint.port() + "/"
                + URLEncoder.encode(endpoint.database(), UTF_8);
        Connection connection = new Driver().connect(url, properties);
        if (connection == null) {
            throw new SQLException("the PostgreSQL driver did not accept its own URL");
        }
        // The driver sends the JVM's time zone at login, which overrides the session options.
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }
}
