package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where services spend their time: Flight Recorder samples what their threads execute every 20 ms, from their start on, and what was
 * sampled in the windows that count is summed up. Threads that wait or are in native code, the collector and the compilers are not
 * sampled. For one thread.
 */
final class Profile {

    private static final int METHODS = 12;
    private static final double LEAST_SHARE = 0.01;

    /** A time that counts, and as what. */
    private record Window(String what, Instant from, Instant to) {

        boolean has(Instant instant) {
            return !instant.isBefore(from) && instant.isBefore(to);
        }
    }

    /** Samples by stage and by the method on top. */
    private static final class Samples {
        private final Map<String, Integer> stages = new LinkedHashMap<>();
        private final Map<String, Integer> methods = new LinkedHashMap<>();
        private int count;
    }

    private final Path directory;
    private final List<Window> windows = new ArrayList<>();

    /** @param directory for recordings; made anew */
    Profile(Path directory) {
        this.directory = directory.toAbsolutePath();
        try {
            Files.createDirectories(this.directory);
            Files.writeString(settings(), """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <configuration version="2.0">
                      <event name="jdk.ExecutionSample"><setting name="enabled">true</setting><setting name="period">20 ms</setting></event>
                    </configuration>
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to " + directory, e);
        }
    }

    private Path settings() {
        return directory.resolve("samples.jfc");
    }

    /** What a JVM takes from the variable JAVA_TOOL_OPTIONS: its recording is written when it ends. */
    String options() {
        return "-XX:StartFlightRecording=dumponexit=true,settings=%s,filename=%s -Xlog:jfr*=off"
                .formatted(settings(), directory);
    }

    void window(String what, Instant from, Instant to) {
        windows.add(new Window(what, from, to));
    }

    /** Sums up what a process that has ended was doing in the windows; nothing when it has left no recording. */
    Result of(String name, long process) {
        Map<String, Samples> byWindow = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(
                            candidate -> String.valueOf(candidate.getFileName()).contains("-pid-" + process + "-"))
                    .toList()) {
                read(file, byWindow);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + directory, e);
        }
        return new Result(name, byWindow);
    }

    private void read(Path file, Map<String, Samples> byWindow) throws IOException {
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                if (event.getEventType().getName().equals("jdk.ExecutionSample")) {
                    windows.stream()
                            .filter(window -> window.has(event.getStartTime()))
                            .findFirst()
                            .ifPresent(window ->
                                    add(byWindow.computeIfAbsent(window.what(), key -> new Samples()), event));
                }
            }
        }
    }

    private static void add(Samples samples, RecordedEvent event) {
        Stage stage = Stage.of(event);
        samples.count++;
        samples.stages.merge(stage.name(), 1, Integer::sum);
        samples.methods.merge(stage.method(), 1, Integer::sum);
    }

    /** What one process did. */
    static final class Result {

        private final String process;
        private final Map<String, Samples> byWindow;

        private Result(String process, Map<String, Samples> byWindow) {
            this.process = process;
            this.byWindow = byWindow;
        }

        /** Markdown, one table for each kind of window. */
        String tables() {
            StringBuilder text = new StringBuilder();
            byWindow.forEach((what, samples) -> {
                text.append("| %s: %s (%d samples) | share |%n|---|---|%n".formatted(process, what, samples.count));
                most(samples.stages, samples.count).forEach((stage, share) -> text.append(line(stage, share)));
                text.append("| **on top** | |\n");
                most(samples.methods, samples.count).entrySet().stream()
                        .limit(METHODS)
                        .forEach(one -> text.append(line(one.getKey(), one.getValue())));
                text.append('\n');
            });
            return text.toString();
        }

        private static String line(String what, double share) {
            return String.format(Locale.ROOT, "| %s | %.1f %% |%n", what, 100 * share);
        }

        /** The shares of one percent and more, the greatest first. */
        private static Map<String, Double> most(Map<String, Integer> counts, int all) {
            Map<String, Double> shares = new LinkedHashMap<>();
            counts.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .filter(one -> one.getValue() >= LEAST_SHARE * all)
                    .forEach(one -> shares.put(one.getKey(), one.getValue() / (double) all));
            return shares;
        }

        ArrayNode json(ObjectMapper mapper) {
            ArrayNode array = mapper.createArrayNode();
            byWindow.forEach((what, samples) -> {
                ObjectNode node = array.addObject()
                        .put("process", process)
                        .put("what", what)
                        .put("samples", samples.count);
                ObjectNode stages = node.putObject("stages");
                most(samples.stages, samples.count).forEach(stages::put);
                ObjectNode methods = node.putObject("methods");
                most(samples.methods, samples.count).forEach(methods::put);
            });
            return array;
        }
    }
}
