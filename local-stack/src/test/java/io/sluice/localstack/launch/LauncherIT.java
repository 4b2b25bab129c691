package io.sluice.localstack.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.localstack.StubApplications;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();
    private Path applications = Path.of("");

    @BeforeEach
    void makeApplications() throws IOException {
        applications = StubApplications.in(directory.resolve("applications"));
    }

    @AfterEach
    void endWhatATestLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void upPrintsOneReadyLineStopsEverythingOnSigtermAndEndsWithZero() throws Exception {
        int port = portThatNobodyClaims();
        Path output = directory.resolve("output");
        Process up = launch(output, "up", "--data", directory.resolve("state").toString(), "--port", "" + port);
        awaitReady(up, output);
        List<ProcessHandle> children = up.descendants().toList();

        assertThat(Files.readAllLines(output))
                .filteredOn(line -> line.startsWith("ready "))
                .containsExactly("ready http://127.0.0.1:" + port);
        Path token = directory.resolve("state/admin-token");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(output))
                .contains(token.toString())
                .doesNotContain(Files.readString(token).strip());

        up.destroy();

        assertThat(up.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(up.exitValue()).isZero();
        assertThat(children).hasSizeGreaterThan(6);
        await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void twoRunSideBySideAndASecondOneOnTheSameDirectoryIsRefused() throws Exception {
        Path first = directory.resolve("first output");
        Path second = directory.resolve("second output");
        Path third = directory.resolve("third output");
        Process one = launch(first, "up", "--data", directory.resolve("one").toString());
        Process two = launch(second, "up", "--data", directory.resolve("two").toString());
        awaitReady(one, first);
        awaitReady(two, second);

        Process refused = launch(third, "up", "--data", directory.resolve("one").toString());

        assertThat(refused.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(refused.exitValue()).isEqualTo(1);
        assertThat(third).content().contains("another Sluice runs on " + directory.resolve("one"));
        one.destroy();
        assertThat(one.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(two.isAlive()).isTrue();
        two.destroy();
        assertThat(two.waitFor(2, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        Path output = directory.resolve("output");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process up = launch(
                    output, "up", "--data", directory.resolve("state").toString(), "--port", "" + taken.getLocalPort());

            assertThat(up.waitFor(2, TimeUnit.MINUTES)).isTrue();
            assertThat(up.exitValue()).isEqualTo(1);
            assertThat(output).content().contains("port " + taken.getLocalPort() + " is taken");
        }
    }

    @Test
    void aKilledLauncherTakesItsChildrenWithItAndTheNextOneGoesOn() throws Exception {
        Path output = directory.resolve("output");
        String state = directory.resolve("state").toString();
        Process up = launch(output, "up", "--data", state);
        awaitReady(up, output);
        List<ProcessHandle> children = up.descendants().toList();

        up.destroyForcibly();

        await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
        Path again = directory.resolve("again");
        Process next = launch(again, "up", "--data", state);
        awaitReady(next, again);
        next.destroy();
        assertThat(next.waitFor(2, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void aSignalDuringTheStartStopsWhatWasStarted() throws Exception {
        Path output = directory.resolve("output");
        Process up = launch(output, "up", "--data", directory.resolve("state").toString());
        await().atMost(PATIENCE).until(() -> Files.exists(directory.resolve("state/kafka/kafka.properties")));
        List<ProcessHandle> children = up.descendants().toList();

        up.destroy();

        assertThat(up.waitFor(2, TimeUnit.MINUTES)).isTrue();
        await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(output).content().doesNotContain("ready");
    }

    private static int portThatNobodyClaims() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process launch(Path output, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-Dsluice.applications=" + applications,
                "-Dsluice.project=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Launcher.class.getName()));
        command.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().remove("SLUICE_ADMIN_TOKEN");
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private static void awaitReady(Process process, Path output) {
        await().atMost(PATIENCE)
                .failFast("the launcher has ended", () -> !process.isAlive())
                .until(() -> Files.readString(output).contains("ready http"));
    }
}
