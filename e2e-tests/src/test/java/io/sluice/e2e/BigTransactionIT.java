package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@EndToEnd
class BigTransactionIT {
    private static final long MOST_HEAP = 256L << 20;
    private static final long SAMPLED_EVERY_NANOS = 2_000_000_000;

    /** The heap of both processes is bounded to 256 MB, and what is live in it is far below. */
    @Test
    void aMillionRowsInOneTransactionPassThroughASmallHeap(Sluice sluice) throws Exception {
        Pair pair = Pair.create(sluice, "big_transaction");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.bulk (id bigint PRIMARY KEY, part int, body text)",
                "CREATE TABLE app.marker (id int PRIMARY KEY)");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        List<ServiceProcess> services = List.of(sluice.capture(), sluice.apply());
        List<Long> processes = services.stream().map(ServiceProcess::pid).toList();
        for (long process : processes) {
            assertThat(ProcessHandle.of(process)
                            .orElseThrow()
                            .info()
                            .commandLine()
                            .orElseThrow())
                    .contains("-Xmx256m");
        }
        AtomicBoolean over = new AtomicBoolean();
        long[] most = new long[services.size()];
        Thread watch = Thread.ofPlatform().start(() -> watch(services, most, over));
        long begin = System.nanoTime();
        pair.onSource("""
                INSERT INTO app.bulk SELECT i, i % 97, repeat(md5(i::text), 3) FROM generate_series(1, 1000000) i""");
        long written = System.nanoTime();
        pair.onSource("INSERT INTO app.marker VALUES (1)");
        task.awaitZeroLag();
        long applied = System.nanoTime();
        over.set(true);
        watch.join();

        assertThat(pair.assertEqual("app")).isEqualTo(1_000_001);
        for (int i = 0; i < services.size(); i++) {
            ServiceProcess service = services.get(i);
            long live = liveBytes(service);
            Seed.say("a million rows: %s held %d MB at most, %d MB afterwards"
                    .formatted(service.name(), most[i] >> 20, live >> 20));
            assertThat(service.pid()).isEqualTo(processes.get(i));
            assertThat(service.isAlive()).isTrue();
            assertThat(live).isLessThan(MOST_HEAP / 2);
            // Far less than the transaction, of which a row takes some 400 bytes in memory.
            assertThat(most[i]).isBetween(1L, MOST_HEAP / 2);
            assertThat(Files.readString(service.logFile())).doesNotContain("OutOfMemoryError");
        }
        Seed.say("a million rows: written in %d s, on the target %d s later"
                .formatted((written - begin) / 1_000_000_000, (applied - written) / 1_000_000_000));
        task.end();
    }

    @Test
    void rowsOfManyMegabytesPassToo(Sluice sluice) {
        Pair pair = Pair.create(sluice, "big_rows");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.documents (id int PRIMARY KEY, body text, n int)",
                "INSERT INTO app.documents SELECT i, repeat(md5(i::text), 200000), 0 FROM generate_series(1, 5) i");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        pair.onSource(
                "INSERT INTO app.documents SELECT i, repeat(md5(i::text), 200000), 0 FROM generate_series(6, 12) i",
                "UPDATE app.documents SET n = n + 1",
                "UPDATE app.documents SET id = -id, n = n + 1 WHERE id % 2 = 0",
                "UPDATE app.documents SET body = reverse(body) WHERE id % 3 = 0");
        task.awaitZeroLag();
        assertThat(pair.assertEqual("app")).isEqualTo(12);
        task.end();
    }

    /** Keeps how much of its heap each process could not do without at most, while the transaction passes. */
    private static void watch(List<ServiceProcess> services, long[] most, AtomicBoolean over) {
        try {
            while (!over.get()) {
                for (int i = 0; i < most.length; i++) {
                    most[i] = Math.max(most[i], liveBytes(services.get(i)));
                }
                LockSupport.parkNanos(SAMPLED_EVERY_NANOS);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a full collection leaves. */
    private static long liveBytes(ServiceProcess service) throws IOException, InterruptedException {
        jcmd(service, "GC.run");
        Matcher used = Pattern.compile("used (\\d+)K").matcher(jcmd(service, "GC.heap_info"));
        assertThat(used.find()).isTrue();
        return Long.parseLong(used.group(1)) << 10;
    }

    private static String jcmd(ServiceProcess service, String command) throws IOException, InterruptedException {
        String program = System.getProperty("java.home") + "/bin/jcmd";
        Process process = new ProcessBuilder(program, Long.toString(service.pid()), command)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
