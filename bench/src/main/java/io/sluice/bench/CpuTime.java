package io.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** Seconds of processor time that processes with all of their children have used, as Linux counts them. */
final class CpuTime {

    /** Linux tells it in hundredths of a second to every program. */
    private static final double TICKS = 100;

    /** utime, stime, cutime and cstime are the 12th to the 15th field after the name. */
    private static final int FIRST = 11;

    private final Map<String, LongSupplier> processes = new LinkedHashMap<>();

    /** @param process its id, asked for each time since it changes with a restart */
    void add(String name, LongSupplier process) {
        processes.put(name, process);
    }

    Map<String, Double> now() {
        Map<String, Double> seconds = new LinkedHashMap<>();
        processes.forEach((name, process) -> seconds.put(name, ofTree(process.getAsLong())));
        return seconds;
    }

    /** What each has used since. */
    Map<String, Double> since(Map<String, Double> before) {
        Map<String, Double> used = new LinkedHashMap<>();
        now().forEach((name, seconds) -> used.put(name, seconds - before.getOrDefault(name, 0.0)));
        return used;
    }

    private static double ofTree(long root) {
        return ProcessHandle.of(root).stream()
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .mapToDouble(process -> ofOne(process.pid()))
                .sum();
    }

    private static double ofOne(long process) {
        try {
            String line = Files.readString(Path.of("/proc", Long.toString(process), "stat"));
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
            double ticks = 0;
            for (int i = FIRST; i < FIRST + 4; i++) {
                ticks += Long.parseLong(fields[i]);
            }
            return ticks / TICKS;
        } catch (IOException ended) {
            return 0;
        }
    }
}
