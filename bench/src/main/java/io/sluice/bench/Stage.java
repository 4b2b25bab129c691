package io.sluice.bench;

import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;

/**
 * What a sample stands for.
 *
 * @param name the package of Sluice that was at work, else the thread; and the library that it was in, if it was in one
 * @param method the method on top
 */
record Stage(String name, String method) {

    private static final String OWN = "io.sluice.";
    private static final List<String> PLATFORM = List.of("java.", "jdk.", "sun.", "javax.", "com.sun.");
    private static final Map<String, String> LIBRARIES = Map.of(
            "io.debezium.", "Debezium",
            "org.apache.kafka.", "Kafka client",
            "org.postgresql.", "PostgreSQL driver",
            "com.fasterxml.", "Jackson");

    static Stage of(RecordedEvent sample) {
        List<RecordedFrame> frames = sample.getStackTrace() == null
                ? List.of()
                : sample.getStackTrace().getFrames();
        RecordedThread thread = sample.getThread("sampledThread");
        return of(
                frames.stream()
                        .map(frame -> frame.getMethod().getType().getName() + "#"
                                + frame.getMethod().getName())
                        .toList(),
                thread == null || thread.getJavaName() == null ? "unknown" : thread.getJavaName());
    }

    /** @param frames as {@code package.Class#method}, the innermost first */
    static Stage of(List<String> frames, String thread) {
        String within = frames.stream()
                .filter(frame -> frame.startsWith(OWN))
                .findFirst()
                .map(Stage::ownPackage)
                .orElseGet(() -> "thread " + thread.replaceAll("[0-9a-f]{8}-[0-9a-f-]{20,}|\\d+", "*"));
        String library = frames.stream()
                .filter(frame -> PLATFORM.stream().noneMatch(frame::startsWith))
                .findFirst()
                .map(Stage::library)
                .orElse("");
        return new Stage(
                library.isEmpty() ? within : within + ", in " + library,
                frames.isEmpty() ? "unknown" : frames.getFirst());
    }

    private static String ownPackage(String frame) {
        String type = frame.substring(OWN.length(), frame.indexOf('#'));
        int dot = type.lastIndexOf('.');
        return dot < 0 ? type : type.substring(0, dot);
    }

    private static String library(String frame) {
        if (frame.startsWith(OWN)) {
            return "";
        }
        return LIBRARIES.entrySet().stream()
                .filter(known -> frame.startsWith(known.getKey()))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElseGet(() -> String.join(".", List.of(frame.split("\\.")).subList(0, 2)));
    }
}
