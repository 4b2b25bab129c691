package io.sluice.apply.structure;

import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.KindProgress;
import io.sluice.contracts.report.Fact.StructureProblem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the log says, kept at hand. Thread-safe; the lock is this object. */
final class StructureStates {

    private static final int MOST_PROBLEMS = 100;

    private static final int MOST_DDL = 4_000;

    private static final int MOST_REASON = 1_000;

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    synchronized void put(Entry entry) {
        entries.put(entry.id(), entry);
    }

    void putAll(Collection<Entry> all) {
        all.forEach(this::put);
    }

    synchronized @Nullable Entry find(String id) {
        return entries.get(id);
    }

    synchronized Collection<Entry> all() {
        return List.copyOf(entries.values());
    }

    /** Small enough for one record of Kafka, whatever failed. */
    synchronized Fact.StructureProgress progress() {
        Map<String, int[]> counts = new TreeMap<>();
        List<StructureProblem> failed = new ArrayList<>();
        List<StructureProblem> skipped = new ArrayList<>();
        int problems = 0;
        for (Entry entry : entries.values()) {
            int[] count = counts.computeIfAbsent(entry.kind(), kind -> new int[4]);
            count[0]++;
            switch (entry.state()) {
                case PLANNED -> {}
                case DONE -> count[1]++;
                case FAILED -> count[2]++;
                case SKIPPED -> count[3]++;
            }
            boolean problem = entry.state() == State.FAILED || entry.state() == State.SKIPPED;
            if (problem) {
                problems++;
                List<StructureProblem> list = entry.state() == State.FAILED ? failed : skipped;
                if (list.size() < MOST_PROBLEMS) {
                    list.add(problem(entry));
                }
            }
        }
        failed.addAll(skipped);
        return new Fact.StructureProgress(
                counts.entrySet().stream()
                        .map(kind -> new KindProgress(
                                kind.getKey(),
                                kind.getValue()[0],
                                kind.getValue()[1],
                                kind.getValue()[2],
                                kind.getValue()[3]))
                        .toList(),
                failed.subList(0, Math.min(MOST_PROBLEMS, failed.size())),
                problems);
    }

    private static StructureProblem problem(Entry entry) {
        return new StructureProblem(
                entry.kind(),
                entry.name(),
                entry.state() == State.FAILED,
                cut(entry.reason() == null ? "" : entry.reason(), MOST_REASON),
                entry.sqlState(),
                cut(entry.ddl(), MOST_DDL));
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most) + " …";
    }
}
