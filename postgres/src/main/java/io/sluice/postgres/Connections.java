package io.sluice.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Tls;
import io.sluice.contracts.task.TlsMode;
import io.sluice.postgres.tls.TlsContext;
import io.sluice.postgres.tls.TlsSocketFactory;
import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * Opens connections to one source or target: the one way in which every service does, for SQL, COPY and replication.
 * Every session writes values in one canonical text form and sees no schema but {@code pg_catalog}, so that the
 * catalog's functions qualify every name. Certificates and keys stay in memory. Thread-safe.
 */
public final class Connections implements AutoCloseable {

    /**
     * The text form of values must not depend on how a server or a role is set up; PostgreSQL's own logical replication
     * sets the same (libpqrcv_connect).
     */
    public static final String CANONICAL_OPTIONS = "-c DateStyle=ISO -c IntervalStyle=postgres"
            + " -c extra_float_digits=3 -c bytea_output=hex -c search_path=pg_catalog"
            + " -c statement_timeout=0"
            // The server must notice within a minute that a host has gone, and give its locks back.
            + " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";

    /**
     * What cannot be an option of the login: the driver sends the JVM's time zone over it, prechecks ask which currency
     * sessions begin with, and there are servers that do not know the others, as openGauss the first two. A policy must lead
     * to an error, not to rows that are left out without a word.
     */
    private static final String AFTER_LOGIN = "SET TimeZone = 'UTC'; SET lc_monetary = 'C'; SET xmloption = content;"
            + " SELECT set_config(name, CASE name WHEN 'row_security' THEN 'off' ELSE '0' END, false) FROM pg_settings"
            + " WHERE name IN ('row_security', 'lock_timeout', 'idle_in_transaction_session_timeout',"
            + " 'transaction_timeout', 'idle_session_timeout')";

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long CONNECT_SECONDS = 10;

    private final String what;
    private final Endpoint endpoint;
    private final Credentials credentials;
    private final String applicationName;
    private final @Nullable String tls;

    /**
     * @param what "source" or "target", for error messages
     * @param applicationName shown in {@code pg_stat_activity}
     * @throws SluiceException {@code TLS_FAILED} when a certificate or key of the endpoint cannot be used
     */
    public Connections(String what, Endpoint endpoint, Credentials credentials, String applicationName) {
        if (endpoint.tls().clientKey() != null && credentials.clientKey() == null) {
            throw new IllegalArgumentException("credentials: the endpoint has a client key");
        }
        this.what = what;
        this.endpoint = endpoint;
        this.credentials = credentials;
        this.applicationName = applicationName;
        this.tls = endpoint.tls().mode() == TlsMode.DISABLE
                ? null
                : TlsSocketFactory.register(TlsContext.of(endpoint.tls(), credentials));
    }

    /** For an endpoint without a client certificate. */
    public Connections(String what, Endpoint endpoint, Secret password, String applicationName) {
        this(what, endpoint, Credentials.of(password), applicationName);
    }

    /** @throws SluiceException with the code that tells the cause: host, port, TLS, password, database, ... */
    public Connection open() {
        return open(PATIENCE);
    }

    /** @param most how long name service, network and login may take together */
    public Connection open(Duration most) {
        try {
            return connect(properties(most));
        } catch (SQLException e) {
            throw explain(e, most);
        }
    }

    /**
     * Also writes where sessions of the database begin read-only, as a cutover leaves the source; Sluice has things to remove
     * there then.
     *
     * @param most how long name service, network and login may take together
     * @throws SluiceException as {@link #open()}
     */
    public Connection openWritable(Duration most) {
        Connection connection = open(most);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE");
            return connection;
        } catch (SQLException e) {
            try {
                connection.close();
            } catch (SQLException again) {
                e.addSuppressed(again);
            }
            throw explain(e, most);
        }
    }

    /**
     * A server refuses a client's certificate after the client's part of the handshake, and what it says can get lost as it
     * hangs up. When it talks to a client without a certificate, it was the certificate.
     */
    private SluiceException explain(SQLException error, Duration most) {
        String doing = "connecting to the " + what + " " + endpoint.address();
        boolean shown = endpoint.tls().clientKey() != null;
        if (shown && PostgresErrors.classify(error) == ErrorCode.CONNECTION_LOST && talksToAnybody(most)) {
            return new SluiceException(
                    ErrorCode.CLIENT_CERTIFICATE_REFUSED,
                    "While " + doing + ": the server hung up when it saw the client certificate.",
                    error);
        }
        return PostgresErrors.explain(error, doing);
    }

    private boolean talksToAnybody(Duration most) {
        Tls anonymous = new Tls(endpoint.tls().mode(), endpoint.tls().caCertificate());
        Endpoint same = new Endpoint(
                endpoint.host(),
                endpoint.port(),
                endpoint.database(),
                endpoint.username(),
                endpoint.password(),
                anonymous);
        try (Connections others =
                new Connections(what, same, Credentials.of(credentials.password()), applicationName)) {
            others.connect(others.properties(most)).close();
            return true;
        } catch (SQLException e) {
            return switch (PostgresErrors.classify(e)) {
                case CLIENT_CERTIFICATE_REFUSED,
                        AUTHENTICATION_FAILED,
                        ACCESS_REJECTED,
                        DATABASE_UNKNOWN,
                        PRIVILEGE_MISSING -> true;
                default -> false;
            };
        }
    }

    /** A connection that speaks the replication protocol. */
    public Connection openReplication() throws SQLException {
        Properties properties = properties(PATIENCE);
        properties.setProperty("replication", "database");
        // The replication protocol knows the simple query protocol only.
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("socketFactory", GatheringSocketFactory.class.getName());
        return connect(properties);
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** {@code source} or {@code target}. */
    public String what() {
        return what;
    }

    private Connection connect(Properties properties) throws SQLException {
        // The driver looks for our socket factories there; its own class loader need not know them.
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Connections.class.getClassLoader());
        try {
            Connection connection = new Driver().connect(url(), properties);
            if (connection == null) {
                throw new SQLException("the PostgreSQL driver did not accept its own URL");
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute(AFTER_LOGIN);
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
            // Only the login is timed.
            connection.setNetworkTimeout(Runnable::run, 0);
            return connection;
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private String url() {
        String host = endpoint.host().contains(":") ? "[" + endpoint.host() + "]" : endpoint.host();
        return "jdbc:postgresql://" + host + ":" + endpoint.port() + "/"
                + URLEncoder.encode(endpoint.database(), UTF_8);
    }

    private Properties properties(Duration most) {
        String seconds = Long.toString(most.toSeconds());
        Properties properties = new Properties();
        properties.setProperty("user", endpoint.username());
        properties.setProperty("password", credentials.password().reveal());
        properties.setProperty("ApplicationName", applicationName);
        properties.setProperty("connectTimeout", Long.toString(Math.min(CONNECT_SECONDS, most.toSeconds())));
        properties.setProperty("loginTimeout", seconds);
        // Without it a login that was given up would leave a thread waiting for ever.
        properties.setProperty("socketTimeout", seconds);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("socketFactory", WatchfulSocketFactory.class.getName());
        properties.setProperty("classLoaderStrategy", "context-first");
        properties.setProperty("options", CANONICAL_OPTIONS);
        // Details quote values of rows.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("sslmode", sslMode(endpoint.tls().mode()));
        if (tls != null) {
            properties.setProperty("sslfactory", TlsSocketFactory.class.getName());
            properties.setProperty("sslfactoryarg", tls);
        }
        return properties;
    }

    /** libpq's name for a TLS mode. */
    private static String sslMode(TlsMode mode) {
        return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Open connections stay as they are; no new one can be opened. */
    @Override
    public void close() {
        if (tls != null) {
            TlsSocketFactory.forget(tls);
        }
    }
}
