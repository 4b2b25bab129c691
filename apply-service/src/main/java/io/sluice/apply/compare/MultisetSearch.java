package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.placement.RunContext;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows that differ in a table without a key: those of which one side has more than the other. A row is known by
 * its hash; each look reads the whole table.
 */
final class MultisetSearch {

    private static final int FETCH = 2_000;
    private static final int ROUNDS = 5;
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final ComparedTable table;
    private final RowHash hash;
    private final Snapshots snapshots;
    private final Sessions sessions;
    private final AppliedPosition position;
    private final SourceWriters writers;
    private final Findings findings;
    private final RunContext context;
    private final Pace pace;

    MultisetSearch(
            ComparedTable table,
            RowHash hash,
            Snapshots snapshots,
            Sessions sessions,
            AppliedPosition position,
            Findings findings,
            RunContext context,
            Pace pace) {
        this.pace = pace;
        this.table = table;
        this.hash = hash;
        this.snapshots = snapshots;
        this.sessions = sessions;
        this.position = position;
        this.writers = new SourceWriters(sessions.sourceLookUp(), table.sources());
        this.findings = findings;
        this.context = context;
    }

    /** How often a row is on each side. */
    private record Times(long source, long target) {}

    /** @param writers who may have brought rows to the target without being seen at the source */
    private record Seen(Times times, Set<String> writers) {

        boolean confirmedBy(Seen later) {
            return times.equals(later.times) && Collections.disjoint(writers, later.writers);
        }
    }

    /**
     * Returns false when there are more differences than were looked at.
     *
     * @param rows how many a side has, as far as is known
     */
    boolean run(Pieces pieces, List<Integer> differing, long rows) {
        if (pace.await()) {
            return false;
        }
        long began = System.nanoTime();
        Map<Long, Times> suspects = new TreeMap<>();
        snapshots.whileOpen((source, target) -> {
            try (Statement left = source.connection().createStatement();
                    Statement right = target.connection().createStatement()) {
                merge(
                        counts(left, table.sources(), pieces, differing),
                        counts(right, table.targets(), pieces, differing),
                        suspects);
            } catch (SQLException e) {
                throw PostgresErrors.explain(e, "reading rows of table " + table.name());
            }
        });
        pace.read(rows, began);
        boolean all = suspects.size() < Findings.KEPT;
        Map<Long, Times> confirmed = position.pending() ? settle(suspects, rows) : suspects;
        if (!confirmed.isEmpty() && !pace.await()) {
            report(confirmed);
        }
        return all;
    }

    private ResultSet counts(Statement statement, List<Relation> relations, Pieces pieces, List<Integer> differing)
            throws SQLException {
        statement.setFetchSize(FETCH);
        String rows = relations.stream()
                .map(relation -> "SELECT " + hash.of(relation.columns()) + " AS h FROM " + relation.rowsOf() + " WHERE "
                        + relation.where(pieces.within(relation, hash, differing)))
                .collect(joining(" UNION ALL "));
        return statement.executeQuery("SELECT h, count(*) FROM (" + rows + ") AS r GROUP BY h ORDER BY h");
    }

    private static void merge(ResultSet left, ResultSet right, Map<Long, Times> into) throws SQLException {
        boolean source = left.next();
        boolean target = right.next();
        while ((source || target) && into.size() < Findings.KEPT) {
            int order = !source ? 1 : !target ? -1 : Long.compare(left.getLong(1), right.getLong(1));
            long leftTimes = order <= 0 ? left.getLong(2) : 0;
            long rightTimes = order >= 0 ? right.getLong(2) : 0;
            if (leftTimes != rightTimes) {
                into.put(order <= 0 ? left.getLong(1) : right.getLong(1), new Times(leftTimes, rightTimes));
            }
            source = order <= 0 ? left.next() : source;
            target = order >= 0 ? right.next() : target;
        }
    }

    /**
     * The same reasoning as for single rows, with the number of equal rows in the place of a version; since that can be the
     * same by chance, a difference must be seen twice.
     */
    private Map<Long, Times> settle(Map<Long, Times> suspects, long rows) {
        Map<Long, Times> pending = new TreeMap<>(suspects);
        Map<Long, Times> confirmed = new TreeMap<>();
        Map<Long, Seen> seen = new HashMap<>();
        for (int round = 0; round < ROUNDS && !pending.isEmpty() && !context.stopping(); round++) {
            if (round > 0 && context.pause(BETWEEN_ROUNDS)) {
                break;
            }
            if (pace.await()) {
                break;
            }
            long began = System.nanoTime();
            Map<Long, Long> before = counts(sessions.sourceScan(), table.sources(), pending.keySet());
            Lsn end = position.sourceEnd();
            if (!position.hasAll(end, PATIENCE)) {
                if (position.paused()) {
                    findings.held(pending.size());
                    return confirmed;
                }
                continue;
            }
            Map<Long, Long> there = counts(sessions.targetScan(), table.targets(), pending.keySet());
            Set<String> committing = writers.now();
            Map<Long, Long> after = counts(sessions.sourceScan(), table.sources(), pending.keySet());
            pace.read(2 * rows, began);
            for (Long row : List.copyOf(pending.keySet())) {
                long right = there.getOrDefault(row, 0L);
                long left = after.getOrDefault(row, 0L);
                Seen now = new Seen(new Times(left, right), committing);
                if (right == left || right == before.getOrDefault(row, 0L)) {
                    pending.remove(row);
                    continue;
                }
                Seen last = seen.put(row, now);
                if (last != null && last.confirmedBy(now) && left == before.getOrDefault(row, 0L)) {
                    confirmed.put(row, now.times());
                    pending.remove(row);
                }
            }
        }
        findings.unsettled(pending.size());
        return confirmed;
    }

    private Map<Long, Long> counts(DatabaseSession session, List<Relation> relations, Collection<Long> rows) {
        return session.inTransaction("counting rows of table " + table.name(), connection -> {
            Map<Long, Long> counts = new HashMap<>();
            for (Relation relation : relations) {
                String of = hash.of(relation.columns());
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SELECT " + of + ", count(*) FROM " + relation.rowsOf()
                                + " WHERE " + relation.where(of + " = ANY (" + array(rows) + ")") + " GROUP BY 1")) {
                    while (row.next()) {
                        counts.merge(row.getLong(1), row.getLong(2), Long::sum);
                    }
                }
            }
            return counts;
        });
    }

    private static String array(Collection<Long> values) {
        return values.stream().map(String::valueOf).collect(joining(",", "'{", "}'::bigint[]"));
    }

    private void report(Map<Long, Times> confirmed) {
        List<Long> missing = new ArrayList<>();
        List<Long> extra = new ArrayList<>();
        confirmed.forEach((row, times) -> (times.source() > times.target() ? missing : extra).add(row));
        Map<Long, List<@Nullable String>> images = new HashMap<>();
        images(sessions.sourceScan(), table.sources(), missing, images);
        images(sessions.targetScan(), table.targets(), extra, images);
        List<Difference> found = new ArrayList<>();
        confirmed.forEach((row, times) -> {
            List<@Nullable String> image = images.get(row);
            if (image == null) {
                findings.unsettled(1);
            } else if (times.source() > times.target()) {
                found.add(new Difference(
                        Difference.Kind.MISSING, List.of(), image, null, times.source() - times.target()));
            } else {
                found.add(
                        new Difference(Difference.Kind.EXTRA, List.of(), null, image, times.target() - times.source()));
            }
        });
        findings.found(found);
    }

    private void images(
            DatabaseSession session,
            List<Relation> relations,
            Collection<Long> rows,
            Map<Long, List<@Nullable String>> into) {
        if (rows.isEmpty()) {
            return;
        }
        session.transact("reading rows of table " + table.name(), connection -> {
            for (Relation relation : relations) {
                read(connection, relation, rows, into);
            }
        });
    }

    private void read(
            Connection connection, Relation relation, Collection<Long> rows, Map<Long, List<@Nullable String>> into)
            throws SQLException {
        String of = hash.of(relation.columns());
        String images = relation.columns().stream().map(Column::image).collect(joining(", "));
        String sql = "SELECT DISTINCT ON (1) " + of + ", " + images + " FROM " + relation.rowsOf() + " WHERE "
                + relation.where(of + " = ANY (" + array(rows) + ")") + " ORDER BY 1";
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1);
            try (ResultSet row = statement.executeQuery(sql)) {
                while (row.next()) {
                    List<@Nullable String> values = new ArrayList<>();
                    for (int i = 0; i < relation.columns().size(); i++) {
                        values.add(row.getString(i + 2));
                    }
                    into.put(row.getLong(1), values);
                }
            }
        }
    }
}
