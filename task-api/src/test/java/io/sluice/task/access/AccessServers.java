package io.sluice.task.access;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sluice.http.access.Issuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What access needs around the service: an issuer, a certificate, and addresses that callers may choose. */
public final class AccessServers implements QuarkusTestResourceLifecycleManager {

    static final String PASSWORD = "keystore-password";

    private @Nullable Issuer issuer;
    private @Nullable Path directory;

    @Override
    public Map<String, String> start() {
        Issuer started = new Issuer();
        issuer = started;
        Path keyStore = keyStore();
        directory = keyStore.getParent();
        return Map.of(
                "sluice.oidc.issuer",
                started.url(),
                "sluice.oidc.audience",
                Issuer.AUDIENCE,
                "quarkus.http.ssl.certificate.key-store-file",
                keyStore.toString(),
                "quarkus.http.ssl.certificate.key-store-password",
                PASSWORD,
                "quarkus.http.test-ssl-port",
                "0",
                "test.key-store",
                keyStore.toString(),
                "quarkus.http.proxy.proxy-address-forwarding",
                "true");
    }

    @Override
    public void stop() {
        if (issuer != null) {
            issuer.close();
        }
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
