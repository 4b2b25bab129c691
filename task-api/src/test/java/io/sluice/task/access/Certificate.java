package io.sluice.task.access;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sluice.localstack.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A key store, and the service's own port served with it. */
public final class Certificate implements QuarkusTestResourceLifecycleManager {

    static final String PASSWORD = "keystore-password";

    private @Nullable Path directory;

    @Override
    public Map<String, String> start() {
        Path keyStore = keyStore();
        directory = keyStore.getParent();
        return Map.of(
                "quarkus.http.ssl.certificate.key-store-file",
                keyStore.toString(),
                "quarkus.http.ssl.certificate.key-store-password",
                PASSWORD,
                "quarkus.http.insecure-requests",
                "disabled",
                "quarkus.http.test-ssl-port",
                Integer.toString(Ports.free()),
                "test.key-store",
                keyStore.toString());
    }

    @Override
    public void stop() {
        if (directory == null) {
            return;
        }
        try {
            Files.deleteIfExists(directory.resolve("server.p12"));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new IllegalStateException("the key store was not deleted", e);
        }
    }

    /** A self-signed certificate, made by the tool that comes with Java. */
    private static Path keyStore() {
        try {
            Path file = Files.createTempDirectory("sluice-tls").resolve("server.p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-keystore",
                            file.toString(),
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            PASSWORD,
                            "-alias",
                            "server",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "san=dns:localhost,ip:127.0.0.1",
                            "-validity",
                            "2")
                    .inheritIO()
                    .start();
            if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new IllegalStateException("keytool made no certificate");
            }
            return file;
        } catch (IOException e) {
            throw new IllegalStateException("keytool did not run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
