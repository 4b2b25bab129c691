package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableMapping;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks the rows up on the target that the latest transactions have written at the source. Reads each table of the source
 * once, without hashing it. Tables without a key, and those of which a transform leaves rows out, are passed over.
 */
public final class RecentRows {

    private static final long TRANSACTIONS = 100_000;
    private static final int MOST_ROWS = 100_000;
    private static final int FETCH = 500;

    private final Connections source;
    private final Connections target;
    private final RunContext context;

    public RecentRows(Connections source, Connections target, RunContext context) {
        this.source = source;
        this.target = target;
        this.context = context;
    }

    /** The result of each table with a key, whose numbers of rows are those that were looked up. */
    public List<TableComparison> run() {
        List<TableComparison> results = new ArrayList<>();
        try (Sessions sessions = new Sessions(source, target, context)) {
            for (List<TableMapping> mappings :
                    TableGroups.of(context.order(), List.of()).values()) {
                if (ComparedTable.leavesRowsOut(mappings)) {
                    continue;
                }
                ComparedTable table = TableGroups.read(mappings, sessions.sourceScan(), sessions.targetScan());
                if (table.keyed() && !context.stopping()) {
                    results.add(look(table, sessions));
                }
            }
        }
        return results;
    }

    private TableComparison look(ComparedTable table, Sessions sessions) {
        AppliedPosition position =
                new AppliedPosition(context.order().taskId(), sessions.sourceLookUp(), sessions.targetLookUp(), context);
        KeyCheck check = new KeyCheck(table, sessions, position, true, context);
        Findings findings = new Findings(rows -> {});
        long[] looked = {0};
        for (Relation relation : table.sources()) {
            sessions.sourceScan().within("reading recent rows of table " + relation.name(), connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.setFetchSize(FETCH);
                    try (ResultSet row = statement.executeQuery(sql(relation))) {
                        looked[0] += check(row, relation, table.target().atOnce(FETCH), check, findings);
                    }
                }
            });
            sessions.sourceScan().end();
        }
        boolean equal = findings.total() == 0 && findings.unsettled() == 0;
        return new TableComparison(
                table.name(),
                table.sources().stream().map(Relation::name).toList(),
                equal ? State.EQUAL : findings.total() == 0 ? State.UNSETTLED : State.DIFFERENT,
                looked[0],
                looked[0],
                findings.missing(),
                findings.extra(),
                findings.changed(),
                findings.unsettled(),
                false,
                null,
                null);
    }

    private static String sql(Relation relation) {
        String keys = relation.key().stream().map(Column::keyText).collect(joining(", "));
        return "SELECT " + keys + " FROM " + relation.rowsOf() + " WHERE "
                + relation.where("age(xmin) BETWEEN 0 AND " + TRANSACTIONS) + " LIMIT " + MOST_ROWS;
    }

    private long check(ResultSet row, Relation relation, int atOnce, KeyCheck check, Findings findings)
            throws SQLException {
        long looked = 0;
        List<List<String>> keys = new ArrayList<>();
        boolean more = row.next();
        while (more && !context.stopping()) {
            List<String> key = new ArrayList<>();
            for (int i = 1; i <= relation.key().size(); i++) {
                key.add(row.getString(i));
            }
            keys.add(key);
            looked++;
            more = row.next();
            if (keys.size() >= atOnce || !more) {
                check.run(keys, findings);
                keys = new ArrayList<>();
            }
        }
        return looked;
    }
}
