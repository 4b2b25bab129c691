package io.sluice.apply.write;

import io.sluice.apply.batch.Step;
import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for rows that are in each other's way in a DEFERRABLE key. The target itself looks late; and where triggers do not
 * fire ({@code session_replication_role = replica}) not at all, since what looks is a trigger (PostgreSQL's {@code
 * unique_key_recheck}). Looked at is what was written, when a source transaction has ended. Not thread-safe.
 */
final class DeferrableKeys {

    /** So many rows that are in each other's way in the midst of a transaction are remembered; then it is the whole table. */
    private static final int MOST_REMEMBERED = 10_000;

    private static final int MOST_ROWS = 5_000;

    private final Map<TableName, List<DeferrableKey>> keys;
    private final boolean looks;

    /** Written since the last look. */
    private final Map<Sought, Set<Row>> written = new LinkedHashMap<>();

    /** Written before, by the same source transaction, and in the way of others by then. */
    private final Map<Sought, Set<Row>> remembered = new LinkedHashMap<>();

    private final Set<DeferrableKey> everywhere = new HashSet<>();

    /** @param columns of the key that are known */
    private record Sought(DeferrableKey key, Columns columns) {}

    /** @param values null when it is not known which rows of the table they are */
    record Clash(DeferrableKey key, @Nullable Row values) {

        boolean isOf(TableName table, Row row) {
            return values != null && key.tableName().equals(table) && values.equals(key.valuesOf(row));
        }

        Refusal refusal() {
            return new Refusal(
                    key.conflict(),
                    "Another row of the target has the same values in the key " + key.name() + " of " + key.tableName()
                            + ", which is DEFERRABLE");
        }
    }

    /** @param looks false where the target cannot be asked in this way: rows that are spread over nodes */
    DeferrableKeys(List<DeferrableKey> keys, boolean looks) {
        this.keys = keys.stream().collect(Collectors.groupingBy(DeferrableKey::tableName));
        this.looks = looks;
    }

    boolean any() {
        return !keys.isEmpty();
    }

    /** What was written must be looked at once the source transaction has ended. */
    boolean open() {
        return !remembered.isEmpty() || !everywhere.isEmpty();
    }

    /** What was written before this object was made is to be looked at, too. */
    void lookEverywhere() {
        keys.values().forEach(everywhere::addAll);
    }

    /** The step was carried out. */
    void note(Step step) {
        if (!looks || keys.isEmpty()) {
            return;
        }
        switch (step) {
            case Step.Insert(var table, var columns, var rows) -> note(table, rows);
            case Step.InsertMissing(var table, var key, var columns, var rows) -> note(table, rows);
            case Step.Upsert(var table, var key, var columns, var rows) -> note(table, rows);
            case Step.Update(var table, var key, var before, var columns, var rows) -> note(table, rows);
            case Step.Delete delete -> {}
            case Step.Remove remove -> {}
            case Step.Truncate truncate -> {}
        }
    }

    private void note(TableName table, List<Row> rows) {
        for (DeferrableKey key : keys.getOrDefault(table, List.of())) {
            for (Row row : rows) {
                Row values = key.valuesOf(row);
                if (values != null) {
                    add(written, key, values);
                }
            }
        }
    }

    private static void add(Map<Sought, Set<Row>> to, DeferrableKey key, Row values) {
        to.computeIfAbsent(new Sought(key, values.columns()), none -> new LinkedHashSet<>())
                .add(values);
    }

    /** What was written since the last look was rolled back. */
    void forget() {
        written.clear();
    }

    /**
     * Looks at what was written.
     *
     * @param ended the source transaction has ended; if not, its rows may still be in each other's way, and are looked at
     *     again later
     * @return none when they may all stay as they are
     */
    List<Clash> look(Connection target, boolean ended) throws SQLException {
        List<Clash> clashes = new ArrayList<>(find(target, written));
        written.clear();
        if (!ended) {
            clashes.forEach(this::remember);
            return List.of();
        }
        clashes.addAll(find(target, remembered));
        for (DeferrableKey key : everywhere) {
            try (Statement statement = target.createStatement();
                    ResultSet row = statement.executeQuery(key.anyClash())) {
                if (row.next()) {
                    clashes.add(new Clash(key, null));
                }
            }
        }
        if (clashes.isEmpty()) {
            remembered.clear();
            everywhere.clear();
        }
        return clashes;
    }

    private void remember(Clash clash) {
        Row values = clash.values();
        if (values == null || everywhere.contains(clash.key())) {
            return;
        }
        if (remembered.values().stream().mapToInt(Set::size).sum() < MOST_REMEMBERED) {
            add(remembered, clash.key(), values);
        } else {
            everywhere.add(clash.key());
        }
    }

    private static List<Clash> find(Connection target, Map<Sought, Set<Row>> values) throws SQLException {
        List<Clash> clashes = new ArrayList<>();
        for (Map.Entry<Sought, Set<Row>> one : values.entrySet()) {
            List<Row> rows = List.copyOf(one.getValue());
            try (PreparedStatement statement = target.prepareStatement(
                    one.getKey().key().clashing(one.getKey().columns()))) {
                for (int from = 0; from < rows.size(); from += MOST_ROWS) {
                    List<Row> part = rows.subList(from, Math.min(rows.size(), from + MOST_ROWS));
                    bind(target, statement, one.getKey().columns(), part);
                    try (ResultSet row = statement.executeQuery()) {
                        while (row.next()) {
                            clashes.add(new Clash(one.getKey().key(), part.get(row.getInt(1))));
                        }
                    }
                }
            }
        }
        return clashes;
    }

    private static void bind(Connection target, PreparedStatement statement, Columns columns, List<Row> rows)
            throws SQLException {
        statement.setArray(
                1,
                target.createArrayOf(
                        "int4", IntStream.range(0, rows.size()).boxed().toArray()));
        for (int i = 0; i < columns.size(); i++) {
            int place = i;
            statement.setArray(
                    i + 2,
                    target.createArrayOf(
                            "text", rows.stream().map(row -> row.value(place)).toArray(String[]::new)));
        }
    }

    /** From here on the target looks when {@link #atOnce} is called, where it looks at all. */
    List<String> later() {
        return setConstraints(" DEFERRED");
    }

    List<String> atOnce() {
        return setConstraints(" IMMEDIATE");
    }

    private List<String> setConstraints(String mode) {
        String names = keys.values().stream()
                .flatMap(List::stream)
                .map(DeferrableKey::quotedName)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? List.of() : List.of("SET CONSTRAINTS " + names + mode);
    }
}
