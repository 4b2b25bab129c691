package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * As many tasks as a large company has, made over REST by several clients at a time. How long lists and searches take is printed
 * rather than judged: the machine of the tests is seldom idle.
 */
@EndToEnd
class ThousandTasksIT {

    private static final int TASKS = 1_000;
    private static final int RULES = 10;
    private static final int CLIENTS = 8;
    private static final int REQUESTS = 31;
    private static final long HEAP = 256L << 20;
    private static final String PROJECT = "thousand";

    @Test
    void areListedAndSearchedByAServiceWithASmallHeap(Sluice sluice) throws Exception {
        Api api = sluice.tasks();
        ServiceProcess service = sluice.stack().taskApi();
        long process = service.pid();
        List<String> ids = inParallel(number -> create(sluice, number));
        try {
            assertThat(listed(api)).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(search(api, "?q=OF-A-THOUSAND-99&project=" + PROJECT)).hasSize(11);
            for (String query :
                    List.of("", "?limit=200", "?q=thousand-99", "?state=CONFIGURATION&project=" + PROJECT)) {
                Seed.say(
                        "GET /api/v1/tasks%s of 1,000 tasks: median %,d µs".formatted(query, medianMicros(api, query)));
            }
            assertThat(heap(service, "jvm_memory_max_bytes")).isLessThanOrEqualTo(HEAP);
            collectGarbage(service);
            long used = heap(service, "jvm_memory_used_bytes");
            Seed.say("task-api with 1,000 tasks of %d rules: %d MB of the heap in use after a collection"
                    .formatted(RULES, used >> 20));
            assertThat(used).isBetween(1L, HEAP - 1);
            assertThat(service.pid()).isEqualTo(process);
            assertThat(service.isReady()).isTrue();
        } finally {
            inParallel(number -> api.delete("/api/v1/tasks/" + ids.get(number)).expect(204));
        }
    }

    private static String create(Sluice sluice, int number) {
        ObjectNode spec = Task.spec(new Pair(sluice, "postgres"), "app");
        spec.put("name", "of-a-thousand-" + number).put("project", PROJECT);
        ArrayNode include = (ArrayNode) spec.required("objects").required("include");
        for (int i = 1; i < RULES; i++) {
            include.addObject().put("schema", "app").put("table", "table_" + i).put("targetTable", "moved_" + i);
        }
        return sluice.tasks()
                .post("/api/v1/tasks", spec)
                .expect(201)
                .required("id")
                .asText();
    }

    /** Page by page. */
    private static List<String> listed(Api api) {
        List<String> ids = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonNode page = api.get("/api/v1/tasks?limit=200&project=" + PROJECT + cursor)
                    .expect(200);
            page.required("items").forEach(task -> ids.add(task.required("id").asText()));
            cursor = page.required("nextCursor").isNull()
                    ? null
                    : "&cursor=" + page.required("nextCursor").asText();
        }
        return ids;
    }

    private static JsonNode search(Api api, String query) {
        return api.get("/api/v1/tasks" + query).expect(200).required("items");
    }

    private static long medianMicros(Api api, String query) {
        long[] micros = new long[REQUESTS];
        for (int i = 0; i < REQUESTS; i++) {
            long began = System.nanoTime();
            assertThat(search(api, query)).isNotEmpty();
            micros[i] = (System.nanoTime() - began) / 1_000;
        }
        return IntStream.range(0, REQUESTS)
                .mapToLong(i -> micros[i])
                .sorted()
                .skip(REQUESTS / 2)
                .findFirst()
                .orElseThrow();
    }

    private static long heap(ServiceProcess service, String metric) {
        return (long) Metrics.of(service).sum(metric, "area=\"heap\"");
    }

    private static void collectGarbage(ServiceProcess service) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(service.pid()),
                        "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(jcmd.waitFor()).isZero();
    }

    private static <T> List<T> inParallel(IntFunction<T> request) throws InterruptedException, ExecutionException {
        List<Callable<T>> requests = IntStream.range(0, TASKS)
                .<Callable<T>>mapToObj(number -> () -> request.apply(number))
                .toList();
        List<T> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (Future<T> answer : clients.invokeAll(requests)) {
                answers.add(answer.get());
            }
        }
        return answers;
    }
}
