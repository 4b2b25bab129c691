package io.sluice.e2e;

import io.sluice.localstack.CertificateAuthority;
import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.ServiceProcess;
import io.sluice.localstack.SluiceStack;
import io.sluice.localstack.StackOptions;
import io.sluice.localstack.StateDirectory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * All of Sluice with a source and a target server, real and local, with random passwords; its services speak HTTPS only and reach
 * Kafka over TLS with certificate, user and password, so that a client which does not take these settings fails in every scenario. Scenarios keep apart by databases and tasks of
 * their own, and leave every process running as they found it.
 */
final class Sluice implements AutoCloseable {
    /** Has signed the certificates of Kafka and the services. */
    static final CertificateAuthority AUTHORITY = new CertificateAuthority("the company");

    private final StateDirectory state;
    private final SluiceStack stack;
    private final PostgresServer source;
    private final PostgresServer target;

    private Sluice(StateDirectory state, SluiceStack stack, PostgresServer source, PostgresServer target) {
        this.state = state;
        this.stack = stack;
        this.source = source;
        this.target = target;
    }

    static Sluice start() {
        Seed.say(Seed.hint() + (Seed.soak() ? ", soak" : ""));
        Path project = Path.of(System.getProperty("sluice.project", ".."))
                .toAbsolutePath()
                .normalize();
        StateDirectory state = StateDirectory.lock(Directories.temporary("e2e"));
        // Transaction ids beyond 32 bits, as those of a source that is old.
        PostgresServer source = server().transactionEpoch(3).build();
        PostgresServer target = server().build();
        source.start();
        target.start();
        StackOptions options = StackOptions.forTest(project).withTls(AUTHORITY).withShortSessions();
        SluiceStack stack = new SluiceStack(state, options, randomSecret());
        Sluice sluice = new Sluice(state, stack, source, target);
        try {
            stack.start();
            return sluice;
        } catch (RuntimeException e) {
            sluice.close();
            throw e;
        }
    }

    private static PostgresServer.Builder server() {
        return PostgresServer.builder()
                .password(randomSecret())
                .fsync(false)
                .setting("max_wal_size", "4GB")
                .setting("shared_buffers", "128MB");
    }

    /** Text that stands nowhere but where somebody put it. */
    static String randomSecret() {
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** All services anew with further settings, while Kafka and the databases go on. For a Sluice of one's own. */
    void restart(Map<String, String> environment) {
        stack.restartServices(environment);
    }

    SluiceStack stack() {
        return stack;
    }

    PostgresServer source() {
        return source;
    }

    PostgresServer target() {
        return target;
    }

    ServiceProcess capture() {
        return stack.captures().getFirst();
    }

    ServiceProcess apply() {
        return stack.applies().getFirst();
    }

    /** The REST API of tasks, with the admin's token. */
    Api tasks() {
        return new Api(stack.taskApi().url(), stack.adminToken());
    }

    /** The REST API of topics and subscriptions, with the admin's token. */
    Api notifier() {
        return new Api(stack.notifier().url(), stack.adminToken());
    }

    /** Each secret of this run with a word for what it is; none of them may be read in clear anywhere. */
    Map<String, String> secrets() {
        return Map.of(
                "the source's password", source.password(),
                "the target's password", target.password(),
                "the admin token", stack.adminToken(),
                "the configuration database's superuser password", state.token("database-password"),
                "the services' database password", state.token("service-password"),
                "the master key", state.token("master-key"),
                "the password for Kafka", stack.kafka().securedPassword());
    }

    /** The logs of the services, Kafka and the databases. */
    List<Path> logFiles() {
        return Stream.concat(stack.logFiles().stream(), Stream.of(source.logFile(), target.logFile()))
                .toList();
    }

    @Override
    public void close() {
        stack.close();
        source.close();
        target.close();
        state.close();
        Directories.delete(state.path());
    }
}
