package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * A real PostgreSQL on 127.0.0.1, ready for logical replication, with the superuser {@code postgres} and password login (scram) only.
 * Its directory holds the data ({@code data}) and the log ({@code postgres.log}); a server made again over the same directory goes on
 * with the same data. Thread-safe.
 */
public final class PostgresServer implements AutoCloseable {
    public static final String SUPERUSER = "postgres";
    public static final int DEFAULT_MAJOR_VERSION = 17;

    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(15);
    private static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry("wal_level", "logical"),
            Map.entry("max_wal_senders", "20"),
            Map.entry("max_replication_slots", "20"),
            Map.entry("max_connections", "200"),
            Map.entry("wal_sender_timeout", "60s"),
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", ""),
            Map.entry("log_line_prefix", "%m [%p] %q%u@%d "),
            Map.entry("timezone", "UTC"));

    private final Builder options;
    private final Path directory;
    private final PostgresAccount account;
    private final PostgresBinaries binaries;
    private final Map<String, String> settings;
    private final int port;
    private @Nullable ChildProcess postmaster;

    private PostgresServer(Builder options) {
        this.options = options;
        this.account = PostgresAccount.detect();
        this.binaries = PostgresBinaries.ofMajorVersion(options.majorVersion);
        this.directory =
                (options.directory == null ? Directories.temporary("postgres") : options.directory).toAbsolutePath();
        this.settings = new LinkedHashMap<>(DEFAULTS);
        this.settings.putAll(options.settings);
        this.port = options.port == 0 ? Ports.free() : options.port;
        this.settings.put("port", Integer.toString(port));
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A started server for one test: free port, password {@code postgres}, no fsync, its directory deleted by {@link #close}. */
    public static PostgresServer startTemporary() {
        return builder().fsync(false).build().start();
    }

    /**
     * Initialises the data directory if it is new, starts the server and returns when it takes connections. A server that a killed
     * JVM left behind on the same directory is stopped first.
     */
    public synchronized PostgresServer start() {
        if (isRunning()) {
            throw new IllegalStateException("PostgreSQL on port " + port + " runs already");
        }
        if (!Files.exists(data().resolve("initialised"))) {
            initialise();
        }
        PostmasterFile.of(data()).endLeftover();
        writeSettings();
        options.files.forEach(this::writeFile);
        List<String> command = new ArrayList<>(account.prefix());
        command.addAll(List.of(binaries.program("postgres"), "-D", data().toString()));
        ChildProcess started = ChildProcess.start("PostgreSQL on port " + port, command, Map.of(), logFile(), "INT");
        postmaster = started;
        started.awaitReady(
                () -> before10() ? answers() : PostmasterFile.of(data()).saysReady(started.pid()), START_PATIENCE);
        return this;
    }

    /** Neither does its file say when it is ready, nor does it know SCRAM. */
    private boolean before10() {
        return options.majorVersion < 10;
    }

    private boolean answers() {
        try (Connection connection = connect(SUPERUSER)) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    /** Fast shutdown: sessions are ended, nothing is lost. Immediate shutdown when a replication reader holds it up for 15 s. */
    public synchronized void stop() {
        ChildProcess running = postmaster;
        if (running == null) {
            return;
        }
        running.signal("INT");
        if (!running.awaitExit(STOP_PATIENCE)) {
            running.signal("QUIT");
            if (!running.awaitExit(STOP_PATIENCE)) {
                running.kill();
            }
        }
        postmaster = null;
    }

    /** SIGKILL to the postmaster and all of its processes, as when the machine's power fails; {@link #start} recovers from the WAL. */
    public synchronized void kill() {
        if (postmaster != null) {
            postmaster.kill();
            postmaster = null;
        }
    }

    /** Stops and starts on the same port with the same data. */
    public synchronized void restart() {
        stop();
        start();
    }

    /** Changes a setting of postgresql.conf from the next start on. */
    public synchronized void configure(String name, String value) {
        settings.put(name, value);
    }

    /**
     * From the next start on a hot standby of what it has been, which waits for WAL that does not come. Only while it is
     * stopped.
     */
    public synchronized void standBy() {
        if (isRunning()) {
            throw new IllegalStateException("PostgreSQL on port " + port + " runs");
        }
        writeFile("standby.signal", "");
    }

    /** Its next transaction has this 64-bit id. Only while it is stopped, and all rows that were written are frozen. */
    public synchronized void nextTransaction(long id) {
        if (isRunning()) {
            throw new IllegalStateException("PostgreSQL on port " + port + " runs");
        }
        account.own(NextTransaction.set(data(), id));
    }

    public synchronized boolean isRunning() {
        return postmaster != null && postmaster.isAlive();
    }

    /** The process id of the running server; its sessions are children of it. */
    public synchronized long pid() {
        if (postmaster == null) {
            throw new IllegalStateException("PostgreSQL on port " + port + " does not run");
        }
        return postmaster.pid();
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    public String password() {
        return options.password;
    }

    public Path logFile() {
        return directory.resolve("postgres.log");
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + host() + ":" + port + "/" + database;
    }

    /** A new connection of the superuser; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", SUPERUSER);
        properties.setProperty("password", options.password);
        Connection connection = new Driver().connect(jdbcUrl(database), properties);
        if (connection == null) {
            throw new SQLException("the driver does not take " + jdbcUrl(database));
        }
        return connection;
    }

    /** Runs statements as the superuser, each in a transaction of its own. */
    public void execute(String database, String... statements) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("in database " + database + ": " + e.getMessage(), e);
        }
    }

    /** Creates an empty database in UTF-8. */
    public void createDatabase(String name) {
        execute(SUPERUSER, "CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
    }

    public boolean hasDatabase(String name) {
        try (Connection connection = connect(SUPERUSER);
                PreparedStatement statement =
                        connection.prepareStatement("SELECT 1 FROM pg_database WHERE datname = ?")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("cannot look for database " + name, e);
        }
    }

    /** Stops the server; deletes its directory if it was a temporary one. */
    @Override
    public void close() {
        stop();
        if (options.directory == null) {
            Directories.delete(directory);
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void initialise() {
        try {
            Files.createDirectories(directory);
            Path passwordFile = Files.createTempFile(directory, "password", "");
            try {
                Files.writeString(passwordFile, options.password + "\n");
                Directories.delete(data());
                account.own(directory);
                List<String> command = new ArrayList<>(account.prefix());
                command.addAll(List.of(binaries.program("initdb"), "-D", data().toString(), "-U", SUPERUSER));
                command.addAll(List.of("--pwfile=" + passwordFile, "--auth=" + (before10() ? "md5" : "scram-sha-256")));
                command.addAll(List.of("--encoding=UTF8", "--no-locale", "-N"));
                ChildProcess initdb = ChildProcess.start("initdb", command, Map.of(), logFile(), "KILL");
                if (!initdb.awaitExit(START_PATIENCE) || !Files.exists(data().resolve("postgresql.conf"))) {
                    initdb.kill();
                    throw new IllegalStateException("initdb failed, see " + logFile());
                }
                if (options.transactionEpoch > 0) {
                    NextTransaction.setEpoch(data(), options.transactionEpoch);
                }
                Files.writeString(data().resolve("initialised"), "");
            } finally {
                Files.delete(passwordFile);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot initialise " + data(), e);
        }
    }

    private void writeSettings() {
        String lines = settings.entrySet().stream()
                .map(setting -> "%s = '%s'%n"
                        .formatted(setting.getKey(), setting.getValue().replace("'", "''")))
                .collect(Collectors.joining());
        try {
            Path own = data().resolve("sluice.conf");
            Files.writeString(own, lines);
            Path main = data().resolve("postgresql.conf");
            String include = "include = 'sluice.conf'";
            try (Stream<String> configured = Files.lines(main)) {
                if (configured.noneMatch(include::equals)) {
                    Files.writeString(main, include + "\n", StandardOpenOption.APPEND);
                }
            }
            account.own(own);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the settings of " + data(), e);
        }
    }

    private void writeFile(String name, String content) {
        try {
            Path file = data().resolve(name);
            Files.writeString(file, content);
            // The server refuses a private key that others can read.
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            account.own(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + name + " of " + data(), e);
        }
    }

    /** What a server is made of; every value has a default. */
    public static final class Builder {
        private int majorVersion = DEFAULT_MAJOR_VERSION;
        private @Nullable Path directory;
        private int port;
        private String password = SUPERUSER;
        private int transactionEpoch;
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final Map<String, String> files = new LinkedHashMap<>();

        private Builder() {}

        /** A major version: 17, or one of the directory that the system property {@code postgres.archives} names; 9 is 9.6. */
        public Builder majorVersion(int value) {
            majorVersion = value;
            return this;
        }

        /** Where data and log live and stay (a temporary directory that {@link PostgresServer#close} deletes). */
        public Builder directory(Path value) {
            directory = value;
            return this;
        }

        /** The port to listen on (a free one). */
        public Builder port(int value) {
            if (value < 0 || value > 65_535) {
                throw new IllegalArgumentException("port: " + value + " is not between 0 and 65535");
            }
            port = value;
            return this;
        }

        /** The superuser's password, set when the data directory is made ({@code postgres}). */
        public Builder password(String value) {
            if (value.isEmpty()) {
                throw new IllegalArgumentException("password: empty");
            }
            password = value;
            return this;
        }

        /** How often the 32 bits of a transaction id were used up, as on a server that is old (0). */
        public Builder transactionEpoch(int value) {
            transactionEpoch = value;
            return this;
        }

        /** A line of postgresql.conf, over the defaults of this class. */
        public Builder setting(String name, String value) {
            settings.put(name, value);
            return this;
        }

        /** TLS with this certificate; client certificates of the authority are known. */
        public Builder tls(CertificateAuthority authority, CertificateAuthority.Issued server) {
            files.put("server.crt", server.certificate());
            files.put("server.key", server.key());
            files.put("root.crt", authority.certificate());
            settings.put("ssl", "on");
            settings.put("ssl_ca_file", "root.crt");
            return this;
        }

        /** The lines of pg_hba.conf instead of a password (scram) for everybody. */
        public Builder access(String... lines) {
            files.put("pg_hba.conf", String.join("\n", lines) + "\n");
            return this;
        }

        /** Without fsync a killed server still loses nothing, only a machine that loses power does (true). */
        public Builder fsync(boolean value) {
            settings.put("fsync", value ? "on" : "off");
            settings.put("full_page_writes", value ? "on" : "off");
            return this;
        }

        public PostgresServer build() {
            return new PostgresServer(this);
        }
    }
}
