package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.placement.RunContext;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Says whether the numbers of rows of a table really differ whose rows no key tells apart, while changes stream: counted at
 * the source, on the target once everything is there that was committed at the source before, and at the source again.
 */
final class CountCheck {

    private static final int MOST_ROUNDS = 8;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final ComparedTable table;
    private final Sessions sessions;
    private final AppliedPosition position;
    private final SourceWriters writers;
    private final RunContext context;
    private final Pace pace;

    CountCheck(ComparedTable table, Sessions sessions, AppliedPosition position, RunContext context, Pace pace) {
        this.pace = pace;
        this.table = table;
        this.sessions = sessions;
        this.position = position;
        this.writers = new SourceWriters(sessions.sourceLookUp(), table.sources());
        this.context = context;
    }

    /**
     * What was counted last.
     *
     * @param state {@code UNSETTLED} when the source's number was another one each time, or the stream is held
     * @param held the stream is paused and may have still to bring what differs
     */
    record Counts(State state, long source, long target, boolean held) {}

    /** Different numbers that were seen, and who may have been committing then. */
    private record Seen(long source, long target, Set<String> writers) {

        boolean again(Seen other) {
            return source == other.source && target == other.target && Collections.disjoint(writers, other.writers);
        }
    }

    /** Begins with what was counted before. */
    Counts run(long firstOfSource, long firstOfTarget) {
        Counts counts = new Counts(State.UNSETTLED, firstOfSource, firstOfTarget, false);
        Seen before = null;
        Duration pause = Duration.ofMillis(50);
        for (int round = 0; round < MOST_ROUNDS && !pace.await(); round++) {
            if (round > 0) {
                if (context.pause(pause)) {
                    break;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
            long began = System.nanoTime();
            long left = count(sessions.sourceScan(), table.sources());
            Lsn end = position.sourceEnd();
            if (!position.hasAll(end, PATIENCE)) {
                if (position.paused()) {
                    return new Counts(State.UNSETTLED, counts.source(), counts.target(), true);
                }
                continue;
            }
            long right = count(sessions.targetScan(), table.targets());
            // Whoever has brought rows to the target that are not seen at the source yet is among these.
            Set<String> committing = writers.now();
            long after = count(sessions.sourceScan(), table.sources());
            pace.read(left + after, began);
            counts = new Counts(State.UNSETTLED, after, right, false);
            if (right == after || right == left) {
                return new Counts(State.EQUAL, right, right, false);
            }
            // Numbers can stay the same by chance, so they are to be the same twice.
            Seen now = left == after ? new Seen(after, right, committing) : null;
            if (now != null && before != null && now.again(before)) {
                return new Counts(State.DIFFERENT, after, right, false);
            }
            before = now;
        }
        return counts;
    }

    private long count(DatabaseSession session, List<Relation> relations) {
        return session.inTransaction("counting rows of table " + table.name(), connection -> {
            long rows = 0;
            for (Relation relation : relations) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery(
                                "SELECT count(*) FROM " + relation.rowsOf() + " WHERE " + relation.where("true"))) {
                    row.next();
                    rows += row.getLong(1);
                }
            }
            return rows;
        });
    }
}
