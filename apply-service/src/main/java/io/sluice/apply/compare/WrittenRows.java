package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.placement.RunContext;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Looks rows up on both sides by the keys of those that a condition chooses at the source. */
final class WrittenRows {

    private static final int FETCH = 500;

    private final ComparedTable table;
    private final KeyCheck check;
    private final Findings findings;
    private final RunContext context;

    WrittenRows(ComparedTable table, KeyCheck check, Findings findings, RunContext context) {
        this.table = table;
        this.check = check;
        this.findings = findings;
        this.context = context;
    }

    /**
     * In the open transaction of the session.
     *
     * @param most so many rows are looked up
     * @return how many rows were looked up; one more than {@code most} when there are others
     */
    long look(DatabaseSession source, Relation relation, String condition, long most) {
        String keys = relation.key().stream().map(Column::keyText).collect(joining(", "));
        String sql = "SELECT " + keys + " FROM " + relation.rowsOf() + " WHERE " + relation.where(condition);
        long[] looked = {0};
        source.within("reading rows of table " + relation.name() + " that were written lately", connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(FETCH);
                int atOnce = table.target().atOnce(FETCH);
                List<List<String>> some = new ArrayList<>();
                try (ResultSet row = statement.executeQuery(sql)) {
                    while (!context.stopping() && !findings.enough() && row.next()) {
                        if (++looked[0] > most) {
                            break;
                        }
                        List<String> key = new ArrayList<>();
                        for (int i = 1; i <= relation.key().size(); i++) {
                            key.add(row.getString(i));
                        }
                        some.add(key);
                        if (some.size() >= atOnce) {
                            check.run(some, findings);
                            some = new ArrayList<>();
                        }
                    }
                }
                check.run(some, findings);
            }
        });
        return looked[0];
    }
}
