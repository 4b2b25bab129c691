package io.sluice.apply.compare;

import io.sluice.apply.compare.KeyCursor.Entry;
import io.sluice.contracts.error.SluiceException;
import io.sluice.placement.RunContext;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows that differ in pieces that differ: both sides' keys and hashes are read once more, in one order, and
 * side by side; what does not fit is looked up by its key, after the snapshots were given up: a row is waited for until the
 * stream has brought it, and the stream may be waiting for a lock that a snapshot holds. Memory is bounded whatever the
 * size of a piece.
 */
final class KeySearch {

    private static final int PIECES_AT_ONCE = 200;
    private static final int KEYS_AT_ONCE = 500;

    /** Keys that are held until the snapshots are given up, and how many characters they may have. */
    private static final int MOST_HELD = 20_000;

    private static final long MOST_CHARACTERS = 4_000_000;

    private final ComparedTable table;
    private final RowHash hash;
    private final boolean content;
    private final Snapshots snapshots;
    private final KeyCheck check;
    private final Findings findings;
    private final RunContext context;
    private final Pace pace;
    private List<List<String>> suspects = new ArrayList<>();
    private long characters;

    KeySearch(
            ComparedTable table,
            RowHash hash,
            boolean content,
            Snapshots snapshots,
            KeyCheck check,
            Findings findings,
            RunContext context,
            Pace pace) {
        this.pace = pace;
        this.table = table;
        this.hash = hash;
        this.content = content;
        this.snapshots = snapshots;
        this.check = check;
        this.findings = findings;
        this.context = context;
    }

    /**
     * @param rows how many a side has, as far as is known
     * @throws SluiceException when a side cannot be read
     */
    void run(Pieces pieces, List<Integer> differing, long rows) {
        boolean indexed = pieces.indexed();
        int atOnce = indexed ? pace.atOnce(PIECES_AT_ONCE, pieces.count(), rows) : differing.size();
        for (int i = 0; i < differing.size() && !context.stopping() && !findings.enough(); i += atOnce) {
            List<Integer> some = differing.subList(i, Math.min(i + atOnce, differing.size()));
            List<String> after = null;
            do {
                if (pace.await()) {
                    return;
                }
                long began = System.nanoTime();
                after = read(pieces, some, after);
                pace.read(indexed ? rows * some.size() / pieces.count() : rows, began);
                checkSuspects();
            } while (after != null && !context.stopping() && !findings.enough());
        }
    }

    /** Returns the last key that was looked at when there are more than can be held; null at the end. */
    private @Nullable List<String> read(Pieces pieces, List<Integer> some, @Nullable List<String> after) {
        AtomicReference<@Nullable List<String>> last = new AtomicReference<>();
        snapshots.whileOpen((source, target) -> {
            try (KeyCursor left = cursor(source.connection(), table.sources(), pieces, some, after);
                    KeyCursor right = cursor(target.connection(), table.targets(), pieces, some, after)) {
                last.set(merge(left, right));
            } catch (SQLException e) {
                throw PostgresErrors.explain(e, "reading keys of table " + table.name());
            }
        });
        return last.get();
    }

    private KeyCursor cursor(
            Connection connection,
            List<Relation> relations,
            Pieces pieces,
            List<Integer> some,
            @Nullable List<String> after)
            throws SQLException {
        return new KeyCursor(
                connection, relations, hash, content, after, relation -> pieces.within(relation, hash, some));
    }

    private @Nullable List<String> merge(KeyCursor left, KeyCursor right) throws SQLException {
        Entry source = left.next();
        Entry target = right.next();
        while ((source != null || target != null) && !context.stopping()) {
            int order = order(source, target);
            List<String> key;
            if (order == 0 && source != null && target != null) {
                key = source.key();
                if (!source.hashes().equals(target.hashes())) {
                    suspect(key);
                }
                source = left.next();
                target = right.next();
            } else if (order < 0 && source != null) {
                key = source.key();
                suspect(key);
                source = left.next();
            } else {
                key = Objects.requireNonNull(target).key();
                suspect(key);
                target = right.next();
            }
            if (suspects.size() >= MOST_HELD || characters >= MOST_CHARACTERS) {
                return key;
            }
        }
        return null;
    }

    private static int order(@Nullable Entry source, @Nullable Entry target) {
        if (source == null || target == null) {
            return source == null ? 1 : -1;
        }
        return KeyCursor.compare(source.key(), target.key());
    }

    private void suspect(List<String> key) {
        suspects.add(key);
        key.forEach(value -> characters += value.length());
    }

    private void checkSuspects() {
        List<List<String>> some = suspects;
        suspects = new ArrayList<>();
        characters = 0;
        int atOnce = table.target().atOnce(KEYS_AT_ONCE);
        for (int i = 0; i < some.size() && !context.stopping() && !findings.enough(); i += atOnce) {
            check.run(some.subList(i, Math.min(i + atOnce, some.size())), findings);
        }
    }
}
