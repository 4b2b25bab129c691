package io.sluice.apply.compare;

import io.sluice.contracts.change.Lsn;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says of single rows whether they really differ. While changes stream, a row is read at the source, then at the target
 * once everything is there that was committed at the source before, then at the source again: when the source's row was
 * the same version both times and the target's is another, the stream will not mend it. But for a transaction that the
 * stream has brought already and that others do not see at the source yet: where one may have been committing, the same is
 * to be seen once more while none of those still is.
 */
final class KeyCheck {

    private static final int MOST_ROUNDS = 30;
    private static final int PATIENT_ROUNDS = 2;
    private static final int MOST_HOT = 20;
    private static final int MOST_GLANCES = 100;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** The stream is waited for as long as it takes, but not for ever. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** A row that is not at the source has no version: it is looked for so many times. */
    private static final int ABSENT_ROUNDS = 3;

    private final ComparedTable table;
    private final KeyLookUp source;
    private final KeyLookUp target;
    private final SourceWriters writers;
    private final AppliedPosition position;
    private final boolean content;
    private final RunContext context;

    /** Keys of rows that were found to differ and whose keys are equal, but not written alike. */
    private final Set<List<@Nullable String>> writtenTwice = new HashSet<>();

    /** The last look found the stream paused before it had brought what was read. */
    private boolean held;

    /** @param content rows of one key must be equal; else there must only be equally many */
    KeyCheck(ComparedTable table, Sessions sessions, AppliedPosition position, boolean content, RunContext context) {
        this.table = table;
        this.source = new KeyLookUp(sessions.sourceLookUp(), table.sources());
        this.target = new KeyLookUp(sessions.targetLookUp(), table.targets());
        this.writers = new SourceWriters(sessions.sourceLookUp(), table.sources());
        this.position = position;
        this.content = content;
        this.context = context;
    }

    /**
     * A key that is still in question.
     *
     * @param absent how often it was looked for in vain at the source
     * @param seen what differed last time; null when that is not certain yet
     */
    private record Suspect(
            List<String> key, int absent, @Nullable Seen seen) {

        Suspect(List<String> key) {
            this(key, 0, null);
        }
    }

    /**
     * Rows that differed.
     *
     * @param writers who may have brought the target's without being seen at the source
     */
    private record Seen(List<KeyedRow> source, List<KeyedRow> target, Set<String> writers) {

        boolean confirmedBy(Seen later) {
            return source.equals(later.source)
                    && target.equals(later.target)
                    && Collections.disjoint(writers, later.writers);
        }
    }

    void run(List<List<String>> keys, Findings findings) {
        List<Suspect> pending = glance(keys.stream().map(Suspect::new).toList());
        Duration pause = Duration.ofMillis(50);
        for (int round = 0; round < MOST_ROUNDS && !pending.isEmpty(); round++) {
            if (round > 0) {
                if (context.pause(pause)) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
            pending = look(pending, findings);
            if (held) {
                findings.held(pending.size());
                return;
            }
            if (round >= PATIENT_ROUNDS && pending.size() <= MOST_HOT && position.live()) {
                pending = chase(pending);
            }
            if (context.stopping()) {
                return;
            }
        }
        findings.unsettled(pending.size());
    }

    /** Most are the same at once, and the stream need not be waited for. */
    private List<Suspect> glance(List<Suspect> pending) {
        if (pending.isEmpty() || !position.pending()) {
            return pending;
        }
        List<List<String>> keys = pending.stream().map(Suspect::key).toList();
        List<List<KeyedRow>> here = source.rows(keys);
        List<List<KeyedRow>> there = target.rows(keys);
        return IntStream.range(0, keys.size())
                .filter(i -> !same(sorted(here.get(i)), sorted(there.get(i))))
                .mapToObj(pending::get)
                .toList();
    }

    private List<Suspect> look(List<Suspect> pending, Findings findings) {
        List<List<String>> keys = pending.stream().map(Suspect::key).toList();
        List<List<KeyedRow>> before = source.rows(keys);
        boolean streamed = position.pending();
        held = false;
        if (streamed) {
            Lsn seen = position.sourceEnd();
            if (!position.hasAll(seen, PATIENCE)) {
                held = position.paused();
                return pending;
            }
        }
        List<List<KeyedRow>> there = target.rows(keys);
        // In this order: whoever has brought what was read on the target, and is not seen below, still holds his
        // lock here.
        Set<String> committing = streamed ? writers.now() : Set.of();
        List<List<KeyedRow>> after = streamed ? source.rows(keys) : before;
        List<Suspect> unsettled = new ArrayList<>();
        List<Difference> found = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            List<KeyedRow> left = sorted(after.get(i));
            List<KeyedRow> right = sorted(there.get(i));
            if (same(left, right) || same(sorted(before.get(i)), right)) {
                continue;
            }
            Suspect suspect = pending.get(i);
            boolean absent = left.isEmpty() && before.get(i).isEmpty();
            if (!sorted(before.get(i)).equals(left)) {
                unsettled.add(new Suspect(suspect.key()));
                continue;
            }
            Seen now = new Seen(left, right, committing);
            boolean certain = committing.isEmpty()
                    || (suspect.seen() != null && suspect.seen().confirmedBy(now));
            if (!certain || (streamed && absent && suspect.absent() + 1 < ABSENT_ROUNDS)) {
                unsettled.add(new Suspect(suspect.key(), absent ? suspect.absent() + 1 : 0, now));
            } else if (isFirst(left, right)) {
                found.addAll(differences(suspect.key(), left, right));
            }
        }
        findings.found(found);
        return unsettled;
    }

    /**
     * Rows that change faster than the stream follows are never the same at one moment. When the target's is what the
     * source's was a moment ago, the stream brings its changes.
     */
    private List<Suspect> chase(List<Suspect> pending) {
        Map<List<String>, List<List<KeyedRow>>> seen = new HashMap<>();
        List<Suspect> left = new ArrayList<>(pending);
        for (int i = 0; i < MOST_GLANCES && !left.isEmpty() && !context.stopping(); i++) {
            List<List<String>> keys = left.stream().map(Suspect::key).toList();
            List<List<KeyedRow>> now = source.rows(keys);
            for (int k = 0; k < keys.size(); k++) {
                seen.computeIfAbsent(keys.get(k), key -> new ArrayList<>()).add(sorted(now.get(k)));
            }
            List<List<KeyedRow>> there = target.rows(keys);
            for (int k = 0; k < keys.size(); k++) {
                List<KeyedRow> right = sorted(there.get(k));
                List<String> key = keys.get(k);
                if (seen.getOrDefault(key, List.of()).stream().anyMatch(one -> same(one, right))) {
                    left.removeIf(suspect -> suspect.key().equals(key));
                }
            }
        }
        return left;
    }

    /** Rows whose key is 1.0 here and 1.00 there are suspected under both; each leads to both. */
    private boolean isFirst(List<KeyedRow> left, List<KeyedRow> right) {
        List<List<@Nullable String>> keys =
                Stream.concat(left.stream(), right.stream()).map(this::key).toList();
        return keys.stream().distinct().count() < 2 || writtenTwice.add(keys.getFirst());
    }

    private List<@Nullable String> key(KeyedRow row) {
        List<Relation.Column> columns = table.target().columns();
        List<@Nullable String> key = new ArrayList<>();
        table.target().key().forEach(column -> key.add(row.values().get(columns.indexOf(column))));
        return key;
    }

    private boolean same(List<KeyedRow> left, List<KeyedRow> right) {
        if (left.size() != right.size() || !content) {
            return left.size() == right.size();
        }
        return IntStream.range(0, left.size())
                .allMatch(i -> left.get(i).values().equals(right.get(i).values()));
    }

    private static List<KeyedRow> sorted(List<KeyedRow> rows) {
        return rows.size() < 2
                ? rows
                : rows.stream()
                        .sorted(Comparator.comparing(row -> row.values().toString()))
                        .toList();
    }

    /** Usually there is one row at most on each side. */
    private static List<Difference> differences(List<String> key, List<KeyedRow> left, List<KeyedRow> right) {
        List<KeyedRow> source = new ArrayList<>(left);
        List<KeyedRow> target = new ArrayList<>(right);
        source.removeIf(row -> {
            @Nullable
            KeyedRow equal = target.stream()
                    .filter(other -> other.values().equals(row.values()))
                    .findFirst()
                    .orElse(null);
            return equal != null && target.remove(equal);
        });
        List<Difference> differences = new ArrayList<>();
        for (int i = 0; i < Math.max(source.size(), target.size()); i++) {
            List<@Nullable String> before = i < source.size() ? source.get(i).values() : null;
            List<@Nullable String> after = i < target.size() ? target.get(i).values() : null;
            Difference.Kind kind = before == null
                    ? Difference.Kind.EXTRA
                    : after == null ? Difference.Kind.MISSING : Difference.Kind.CHANGED;
            differences.add(new Difference(kind, key, before, after, 1));
        }
        return differences;
    }
}
