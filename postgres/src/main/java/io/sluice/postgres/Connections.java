package io.sluice.postgres;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TlsMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Opens JDBC connections to one source or target. Every session writes values in one canonical text form and sees no
 * schema but {@code pg_catalog}, so that the catalog's functions qualify every name. Thread-safe.
 */
public final class Connections implements AutoCloseable {

    /**
     * The text form of values must not depend on how a server or a role is set up; PostgreSQL's own logical replication
     * sets the same (libpqrcv_connect).
     */
    public static final String CANONICAL_OPTIONS = "-c DateStyle=ISO -c IntervalStyle=postgres"
            + " -c extra_float_digits=3 -c bytea_output=hex -c search_path=pg_catalog"
            // A policy must lead to an error, not to rows that are left out without a word.
            + " -c row_security=off"
            + " -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
            // The server must notice within a minute that a host has gone, and give its locks back.
            + " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";

    private static final int CONNECT_SECONDS = 10;

    private final String what;
    private final Endpoint endpoint;
    private final Secret password;
    private final String applicationName;
    private final @Nullable Path caFile;

    /**
     * @param what "source" or "target", for error messages
     * @param applicationName shown in {@code pg_stat_activity}
     */
    public Connections(String what, Endpoint endpoint, Secret password, String applicationName) {
        this.what = what;
        this.endpoint = endpoint;
        this.password = password;
        this.applicationName = applicationName;
        this.caFile = caFile(endpoint);
    }

    /** @throws SluiceException with the code that tells the cause: host, port, TLS, password, database, ... */
    public Connection open() {
        try {
            return DriverManager.getConnection(url(), properties());
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "connecting to the " + what + " " + endpoint.address());
        }
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** {@code source} or {@code target}. */
    public String what() {
        return what;
    }

    public Secret password() {
        return password;
    }

    /** PEM file of the authorities to trust; null when the endpoint names none. Gone after {@link #close()}. */
    public @Nullable Path caFile() {
        return caFile;
    }

    /** libpq's name for a TLS mode. */
    public static String sslMode(TlsMode mode) {
        return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private String url() {
        String host = endpoint.host().contains(":") ? "[" + endpoint.host() + "]" : endpoint.host();
        return "jdbc:postgresql://" + host + ":" + endpoint.port() + "/"
                + java.net.URLEncoder.encode(endpoint.database(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("user", endpoint.username());
        properties.setProperty("password", password.reveal());
        properties.setProperty("ApplicationName", applicationName);
        properties.setProperty("connectTimeout", Integer.toString(CONNECT_SECONDS));
        properties.setProperty("loginTimeout", Integer.toString(2 * CONNECT_SECONDS));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("options", CANONICAL_OPTIONS);
        // Details quote values of rows.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("sslmode", sslMode(endpoint.tls().mode()));
        if (caFile != null) {
            properties.setProperty("sslrootcert", caFile.toString());
        } else if (endpoint.tls().mode() == TlsMode.VERIFY_CA || endpoint.tls().mode() == TlsMode.VERIFY_FULL) {
            properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        }
        return properties;
    }

    private static @Nullable Path caFile(Endpoint endpoint) {
        String pem = endpoint.tls().caCertificate();
        if (pem == null || endpoint.tls().mode() == TlsMode.DISABLE) {
            return null;
        }
        try {
            // Created readable for its owner only.
            Path file = Files.createTempFile("sluice-ca-", ".pem");
            file.toFile().deleteOnExit();
            return Files.writeString(file, pem);
        } catch (IOException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "the CA certificate could not be written to a file", e);
        }
    }

    @Override
    public void close() {
        if (caFile != null) {
            try {
                Files.deleteIfExists(caFile);
            } catch (IOException e) {
                // It holds no secret, and goes with the process.
                System.getLogger(Connections.class.getName()).log(System.Logger.Level.DEBUG, "CA file not deleted", e);
            }
        }
    }
}
