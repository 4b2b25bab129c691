package io.sluice.localstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SluiceStackIT {
    @TempDir
    Path directory;

    @Test
    void startsEverythingKeepsItsSecretsOverARestartAndLeavesNothingRunning() throws Exception {
        StackOptions options = StackOptions.forTest(StubApplications.in(directory.resolve("the applications")))
                .withInstances(2, 1);
        List<Long> processes = new ArrayList<>();
        String firstMasterKey;
        try (StateDirectory state = StateDirectory.lock(directory.resolve("state"));
                SluiceStack stack = new SluiceStack(state, options, "secret-token").start()) {
            assertThat(stack.services()).hasSize(5).allMatch(ServiceProcess::isReady);
            stack.services().forEach(service -> processes.add(service.pid()));
            String environment = environment(stack.taskApi());
            assertThat(environment)
                    .contains("SLUICE_ADMIN_TOKEN=secret-token")
                    .contains("KAFKA_BOOTSTRAP_SERVERS=" + stack.kafka().bootstrapServers())
                    .contains("QUARKUS_DATASOURCE_JDBC_URL="
                            + stack.configurationServer().jdbcUrl("sluice_tasks"));
            assertThat(environment(stack.notifier()))
                    .contains("SLUICE_NOTIFIER_BASE_URL=" + stack.notifier().url());
            assertThat(environment(stack.captures().getLast())).doesNotContain("QUARKUS_DATASOURCE");
            firstMasterKey = Files.readString(state.path().resolve("master-key"));
            assertThat(environment).contains("SLUICE_MASTER_KEY=" + firstMasterKey.strip());
            for (String secret : List.of("master-key", "database-password", "service-password")) {
                assertThat(PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(state.path().resolve(secret))))
                        .isEqualTo("rw-------");
            }
            stack.configurationServer().execute("sluice_tasks", "CREATE TABLE kept (id int)");
        }
        assertThat(processes).noneMatch(pid -> ProcessHandle.of(pid).isPresent());

        try (StateDirectory state = StateDirectory.lock(directory.resolve("state"));
                SluiceStack stack = new SluiceStack(state, options, "secret-token").start()) {
            stack.configurationServer().execute("sluice_tasks", "DROP TABLE kept");
            assertThat(state.path().resolve("master-key")).hasContent(firstMasterKey);
        }
    }

    @Test
    void revivesWhatIsKilledOnlyWhileSupervised() throws IOException {
        StackOptions options = StackOptions.forTest(StubApplications.in(directory.resolve("applications")));
        List<String> account = Collections.synchronizedList(new ArrayList<>());
        try (StateDirectory state = StateDirectory.lock(directory.resolve("state"));
                SluiceStack stack = new SluiceStack(state, options, "secret-token").start()) {
            ServiceProcess capture = stack.captures().getFirst();
            long firstPid = capture.pid();
            try (Supervisor supervisor = stack.supervise(account::add)) {
                assertThat(supervisor).isNotNull();
                capture.kill();
                stack.configurationServer().kill();

                await().atMost(Duration.ofSeconds(30))
                        .until(() ->
                                capture.isReady() && stack.configurationServer().isRunning());
            }
            assertThat(capture.pid()).isNotEqualTo(firstPid);
            assertThat(account)
                    .anyMatch(line -> line.contains("capture-service") && line.contains("starting it again"));
            capture.kill();
            assertThat(capture.isAlive()).isFalse();
            capture.start();
            assertThat(capture.isReady()).isTrue();
        }
    }

    @Test
    void refusesADirectoryInUse() {
        try (StateDirectory held = StateDirectory.lock(directory)) {
            assertThatThrownBy(() -> StateDirectory.lock(directory))
                    .isInstanceOf(StateDirectory.DirectoryInUseException.class)
                    .hasMessageContaining(held.path().toString());
        }
        StateDirectory.lock(directory).close();
    }

    @Test
    void saysWhichServiceIsNotBuilt() {
        try (StateDirectory state = StateDirectory.lock(directory)) {
            assertThatThrownBy(() -> new SluiceStack(state, StackOptions.forTest(directory), "secret-token"))
                    .hasMessageContaining("task-api is not built");
        }
    }

    private static String environment(ServiceProcess service) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(service.url() + "/environment"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
