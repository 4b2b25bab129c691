package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks the rows up on the target that the latest transactions have written at the source. Reads each table of the source
 * once, without hashing it. Tables of which a transform leaves rows out are passed over; so are those with too many such
 * rows, and those without a key that have any, which are named.
 */
public final class RecentRows {

    /** A condition. */
    private static final String LATELY = "age(xmin) BETWEEN 0 AND 100000";

    private static final int MOST_ROWS = 100_000;
    private final Connections source;
    private final Connections target;
    private final RunContext context;

    public RecentRows(Connections source, Connections target, RunContext context) {
        this.source = source;
        this.target = target;
        this.context = context;
    }

    /**
     * What was found.
     *
     * @param tables the result of each table with a key, whose numbers of rows are those that were looked up
     * @param others tables of the source whose latest rows cannot be looked up one by one, or are too many
     */
    public record Found(List<TableComparison> tables, List<TableName> others) {

        public Found {
            tables = List.copyOf(tables);
            others = List.copyOf(others);
        }
    }

    public Found run() {
        List<TableComparison> results = new ArrayList<>();
        List<TableName> others = new ArrayList<>();
        try (Sessions sessions = new Sessions(source, target, context)) {
            for (List<TableMapping> mappings :
                    TableGroups.of(context.order(), List.of()).values()) {
                if (ComparedTable.leavesRowsOut(mappings)) {
                    continue;
                }
                ComparedTable table = TableGroups.read(mappings, sessions.sourceScan(), sessions.targetScan());
                if (context.stopping()) {
                    break;
                }
                if (!table.sourcesKeyed()) {
                    if (table.sources().stream().anyMatch(relation -> written(relation, sessions.sourceScan()))) {
                        others.addAll(TableGroups.sources(mappings));
                    }
                    continue;
                }
                TableComparison result = look(table, sessions);
                if (result == null) {
                    others.addAll(TableGroups.sources(mappings));
                } else {
                    results.add(result);
                }
            }
        }
        return new Found(results, others);
    }

    private static boolean written(Relation relation, DatabaseSession source) {
        return source.inTransaction(
                "looking for rows of table " + relation.name() + " that were written lately", on -> {
                    try (Statement statement = on.createStatement();
                            ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM " + relation.rowsOf()
                                    + " WHERE " + relation.where(LATELY) + ")")) {
                        row.next();
                        return row.getBoolean(1);
                    }
                });
    }

    /** Null when there are too many rows. */
    private @Nullable TableComparison look(ComparedTable table, Sessions sessions) {
        AppliedPosition position = new AppliedPosition(
                context.order().taskId(), sessions.sourceLookUp(), sessions.targetLookUp(), context);
        KeyCheck check = new KeyCheck(table, sessions, position, true, context);
        Findings findings = new Findings(rows -> {});
        WrittenRows rows = new WrittenRows(table, check, findings, context);
        long looked = 0;
        for (Relation relation : table.sources()) {
            try {
                looked += rows.look(sessions.sourceScan(), relation, LATELY, MOST_ROWS - looked);
            } finally {
                sessions.sourceScan().end();
            }
            if (looked > MOST_ROWS) {
                return null;
            }
        }
        boolean equal = findings.total() == 0 && findings.unsettled() == 0;
        return new TableComparison(
                table.name(),
                table.sources().stream().map(Relation::name).toList(),
                equal ? State.EQUAL : findings.total() == 0 ? State.UNSETTLED : State.DIFFERENT,
                looked,
                looked,
                findings.missing(),
                findings.extra(),
                findings.changed(),
                findings.unsettled(),
                false,
                null,
                null);
    }
}
