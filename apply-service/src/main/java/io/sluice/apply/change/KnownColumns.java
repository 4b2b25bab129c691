package io.sluice.apply.change;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which column of the source each name of a table stands for. Rows go over by the names of their columns; when names are
 * swapped at the source, or a column is dropped and made again, the target's rows have the old column's values under a name
 * that means another one in the stream. A column keeps its number whatever it is called. Not thread-safe.
 */
public final class KnownColumns {

    private final boolean follows;
    private final Map<TableName, List<String>> known;
    private final Map<TableName, List<String>> news = new HashMap<>();

    /**
     * @param known as of the rows on the target: each column as {@code number name}; tables that are not named are learnt
     * @param follows commands are carried over, so that names may come to mean other columns
     */
    public KnownColumns(Map<TableName, List<String>> known, boolean follows) {
        this.known = new HashMap<>(known);
        this.follows = follows;
    }

    /** Tables that were loaded anew. */
    public void learn(Map<TableName, List<String>> loaded) {
        known.putAll(loaded);
        news.keySet().removeAll(loaded.keySet());
    }

    /** @throws TableFailure {@code SCHEMA_CHANGED} when from this change on a name means another column */
    public void see(RowChange change) {
        Columns described = change.described();
        if (described == null) {
            return;
        }
        List<String> before = known.get(change.table());
        List<String> now = numbered(described);
        if (now.equals(before)) {
            return;
        }
        if (before != null && !follows) {
            requireSame(change.table(), before, described);
        }
        if (!now.isEmpty()) {
            known.put(change.table(), now);
            news.put(change.table(), now);
        }
    }

    /** What was learnt of tables and is not noted yet. */
    public Map<TableName, List<String>> news() {
        return news;
    }

    /** Everything that was learnt is noted. */
    public void noted() {
        news.clear();
    }

    private static List<String> numbered(Columns described) {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < described.numbers().size(); i++) {
            columns.add(described.numbers().get(i) + " " + described.names().get(i));
        }
        return columns;
    }

    /** Without numbers the order tells: new columns come at the end. */
    private static void requireSame(TableName table, List<String> before, Columns described) {
        Map<String, Integer> numbers = new HashMap<>();
        before.forEach(column -> {
            int space = column.indexOf(' ');
            numbers.put(column.substring(space + 1), Integer.valueOf(column.substring(0, space)));
        });
        List<String> others = new ArrayList<>();
        int last = 0;
        for (int i = 0; i < described.size(); i++) {
            String name = described.names().get(i);
            Integer was = numbers.get(name);
            if (was == null) {
                continue;
            }
            boolean same = described.numbers().isEmpty()
                    ? was > last
                    : was.equals(described.numbers().get(i));
            if (!same) {
                others.add(name);
            }
            last = was;
        }
        if (!others.isEmpty()) {
            throw TableFailure.ofSource(
                    table,
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + table + " has other columns under these names at the source than before: "
                            + String.join(", ", others) + ". Columns have swapped their names, or were dropped and made"
                            + " again, so the rows on the target have the values of the old ones. Resume the task with"
                            + " {\"reload\": [\"" + table + "\"]}, which loads the table anew.");
        }
    }
}
