package io.sluice.apply.exception;

import io.sluice.apply.change.KeyForm;
import io.sluice.apply.change.RowIdentity;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.exception.ExceptionTable.OpenRows;
import io.sluice.apply.exception.ExceptionTable.State;
import io.sluice.apply.exception.ExceptionTable.Wish;
import io.sluice.apply.position.TableRenames;
import io.sluice.apply.position.TableRenames.Renaming;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The open exceptions of a task, in memory as on the target: what the running target transaction adds is stored by {@link
 * #store} in that transaction, so that a run that does not commit must be given up together with this object. Not
 * thread-safe.
 */
public final class Exceptions {

    /** More than this, and it is not single rows but the table that is wrong. */
    public static final int MOST_OPEN = 1_000;

    /** What an exception is about that is no change; stored by name as the operation. */
    public enum Notice {
        /** Rows that came or went with a partition. */
        PARTITION,
        /** What a command has done, which is not carried over. */
        COMMAND
    }

    /** SQLSTATE of what Sluice itself does not carry out. */
    static final String NOT_CARRIED_OUT = "0A000";

    private final ExceptionTable table;
    private final Map<Long, OpenRows> open;

    /** Of the tables, up to the names that the run has. */
    private final List<Renaming> renamings;

    private PlacesOfRows places = new PlacesOfRows();

    private final List<OpenException> unstored = new ArrayList<>();
    private BiFunction<TableName, String, KeyForm> forms = (table, column) -> KeyForm.TEXT;

    private Exceptions(ExceptionTable table, Map<Long, OpenRows> open, List<Renaming> renamings) {
        this.table = table;
        this.renamings = List.copyOf(renamings);
        this.open = new LinkedHashMap<>(open);
        open.values().forEach(one -> places.note(one.rows(), one.position()));
    }

    /** Reads what is open on the target. */
    public static Exceptions read(Connection target, String taskId) throws SQLException {
        return read(target, taskId, Set.of());
    }

    /** Those of these tables alone. */
    public static Exceptions readOnly(Connection target, String taskId, Set<TableName> tables) throws SQLException {
        ExceptionTable table = new ExceptionTable(taskId);
        Map<Long, OpenRows> open = new LinkedHashMap<>(table.open(target));
        open.values().removeIf(one -> !tables.contains(one.table()));
        return new Exceptions(table, open, new TableRenames(taskId).read(target));
    }

    /** @param apart tables whose exceptions somebody else keeps */
    public static Exceptions read(Connection target, String taskId, Set<TableName> apart) throws SQLException {
        ExceptionTable table = new ExceptionTable(taskId);
        Map<Long, OpenRows> open = new LinkedHashMap<>(table.open(target));
        open.values().removeIf(one -> apart.contains(one.table()));
        return new Exceptions(table, open, new TableRenames(taskId).read(target));
    }

    /** What is in memory at a moment. */
    public static final class Mark {
        private final Map<Long, OpenRows> open;
        private final PlacesOfRows places;
        private final List<OpenException> unstored;

        private Mark(Exceptions exceptions) {
            this.open = new LinkedHashMap<>(exceptions.open);
            this.places = exceptions.places.copy();
            this.unstored = List.copyOf(exceptions.unstored);
        }
    }

    /** For {@link #backTo}, together with a savepoint of the target's transaction. */
    public Mark mark() {
        return new Mark(this);
    }

    /** The target was rolled back to the savepoint that goes with the mark, which is used up. */
    public void backTo(Mark mark) {
        open.clear();
        open.putAll(mark.open);
        places = mark.places;
        unstored.clear();
        unstored.addAll(mark.unstored);
    }

    /** @param keyForms of key columns, by table and column of the source: how rows are told apart from here on */
    public void tellApart(BiFunction<TableName, String, KeyForm> keyForms) {
        forms = keyForms;
    }

    public int count() {
        return open.size() + unstored.size();
    }

    /**
     * Takes out of a run, in order, the changes that must wait behind an exception of the same row. An exception of a later
     * change does not hold an earlier one: parts of a run come here again after what follows them was looked at.
     *
     * @return the others; the same list when there are no exceptions
     */
    public List<ChangeRecord> holdBack(Connection target, List<ChangeRecord> changes) throws SQLException {
        if (count() == 0) {
            return changes;
        }
        List<ChangeRecord> others = new ArrayList<>(changes.size());
        for (ChangeRecord change : changes) {
            if (change instanceof Truncate truncate) {
                passOver(target, truncate);
            }
            if (change instanceof RowChange row && waits(row)) {
                add(change, null, OpenException.HELD);
            } else {
                others.add(change);
            }
        }
        return others;
    }

    /** Whether {@link #holdBack} would do anything with these changes. */
    public boolean concern(List<ChangeRecord> changes) {
        return count() > 0
                && changes.stream()
                        .anyMatch(
                                change -> change instanceof Truncate || change instanceof RowChange row && waits(row));
    }

    /** An open exception may be of the same row, whenever that came. */
    public boolean holds(RowChange change) {
        return !places.isEmpty() && places.inTheWayOf(rowsOf(change)).findAny().isPresent();
    }

    private boolean waits(RowChange change) {
        return !places.isEmpty() && places.inTheWayOf(rowsOf(change)).anyMatch(change.position()::isAfter);
    }

    private RowIdentity rowsOf(ChangeRecord change) {
        return change instanceof RowChange row
                ? RowIdentity.of(
                        row, TableRenames.lasting(renamings, row.table()), column -> forms.apply(row.table(), column))
                : RowIdentity.ofNoRows(RowIdentity.tableOf(change));
    }

    /**
     * The source has emptied the table: what was refused before is gone there. Nothing else is stored yet, since changes
     * before it may still be refused, which get the smaller numbers.
     */
    private void passOver(Connection target, Truncate truncate) throws SQLException {
        List<OpenException> before = unstored.stream()
                .filter(one -> one.rows().table().equals(truncate.table())
                        && truncate.position().isAfter(one.change().position()))
                .toList();
        unstored.removeAll(before);
        store(target, before);
        List<Long> moot = open.entrySet().stream()
                .filter(one -> one.getValue().table().equals(truncate.table())
                        && truncate.position().isAfter(one.getValue().position()))
                .map(Map.Entry::getKey)
                .toList();
        for (long number : moot) {
            close(target, number, State.SKIPPED);
        }
    }

    /**
     * @param words of the server; they may quote values
     * @throws TableFailure {@code TOO_MANY_EXCEPTIONS} that says what the last of them was
     */
    public void refuse(ChangeRecord change, String sqlState, String words) {
        add(change, sqlState, words);
    }

    private void add(ChangeRecord change, @Nullable String sqlState, String message) {
        RowIdentity of = rowsOf(change);
        requireRoom(of.table(), sqlState);
        places.note(of, change.position());
        unstored.add(new OpenException(0, change, of, sqlState, message));
    }

    /** @throws TableFailure {@code TOO_MANY_EXCEPTIONS} of the table that has most */
    private void requireRoom(TableName last, @Nullable String sqlState) {
        if (count() >= MOST_OPEN) {
            throw TableFailure.ofSource(
                    mostRefused(last),
                    ErrorCode.TOO_MANY_EXCEPTIONS,
                    "The target has refused more than " + MOST_OPEN + " changes"
                            + (sqlState == null ? "" : ", the last one with SQLSTATE " + sqlState)
                            + " for table " + last
                            + ". Look at the task's exceptions, remove the cause, retry or skip them, then resume the"
                            + " task. Nothing of this transaction was written.");
        }
    }

    /**
     * Something has happened that is not on the target and that no change of a row tells of. Nothing waits behind it; it is
     * open until the table is loaded again, emptied at the source, or somebody skips it. The same is said once.
     */
    public void notice(Connection target, TableName name, Notice what, String message) throws SQLException {
        long number = table.lockedLastNumber(target) + 1;
        if (table.isNoticed(target, name, what, message)) {
            return;
        }
        requireRoom(name, null);
        table.insertNotice(target, number, name, what, message);
        open.put(number, new OpenRows(RowIdentity.ofNoRows(name), ChangePosition.START));
    }

    /** Without it the others are the fewest. */
    private TableName mostRefused(TableName last) {
        Map<TableName, Integer> counts = new HashMap<>();
        counts.put(last, 1);
        open.values().forEach(one -> counts.merge(one.table(), 1, Integer::sum));
        unstored.forEach(one -> counts.merge(one.rows().table(), 1, Integer::sum));
        return Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /**
     * Columns of a table have other names from here on: what is open of it is written under these, and of the same rows as
     * before.
     *
     * @param names of the source, by the old ones
     */
    public void renamed(Connection target, TableName name, Map<String, String> names) throws SQLException {
        List<Long> numbers = open.entrySet().stream()
                .filter(one -> one.getValue().table().equals(name)
                        && !one.getValue().rows().rows().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        for (long number : numbers) {
            OpenException exception = table.find(target, number);
            OpenRows old = open.get(number);
            if (exception == null || old == null || !(exception.change() instanceof RowChange change)) {
                continue;
            }
            RowChange renamed = RenamedColumns.of(change, names);
            OpenRows now = new OpenRows(rowsOf(renamed), old.position());
            table.rewrite(target, number, renamed, now.rows());
            places.forget(old);
            open.put(number, now);
            places.note(now.rows(), now.position());
        }
    }

    /** Stores what was added, numbered in the order of the source. */
    public void store(Connection target) throws SQLException {
        store(target, unstored);
        unstored.clear();
    }

    private void store(Connection target, List<OpenException> some) throws SQLException {
        if (some.isEmpty()) {
            return;
        }
        List<OpenException> numbered = new ArrayList<>();
        // Tables that are loaded while the stream goes on have exceptions of their own.
        long lastNumber = table.lockedLastNumber(target);
        for (OpenException one : some.stream()
                .sorted(Comparator.comparing(each -> each.change().position()))
                .toList()) {
            OpenException exception = one.withNumber(++lastNumber);
            numbered.add(exception);
            open.put(
                    exception.number(),
                    new OpenRows(exception.rows(), exception.change().position()));
        }
        table.insert(target, numbered);
    }

    ExceptionTable table() {
        return table;
    }

    /** What users ask for them, oldest first. */
    Map<Long, Wish> wishes(Connection target) throws SQLException {
        return table.wishes(target, open.keySet());
    }

    /** Whether users ask for anything. */
    public boolean asked(Connection target) throws SQLException {
        return count() > 0 && !wishes(target).isEmpty();
    }

    /** Nothing of what users ask for can be done. */
    public void decline(Connection target, String why) throws SQLException {
        for (long number : wishes(target).keySet()) {
            table.refuse(target, number, NOT_CARRIED_OUT, why);
        }
    }

    /** An open exception that may be of one of these rows and comes before the number; null when there is none. */
    @Nullable
    Long before(long number, RowIdentity ofRows) {
        return open.entrySet().stream()
                .filter(one -> one.getKey() < number && one.getValue().rows().mayMeet(ofRows))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** The next open exception after the number that may be of one of these rows; null when there is none. */
    @Nullable
    Long after(long number, Collection<RowIdentity> ofRows) {
        return open.entrySet().stream()
                .filter(one -> one.getKey() > number
                        && ofRows.stream().anyMatch(one.getValue().rows()::mayMeet))
                .map(Map.Entry::getKey)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    void close(Connection target, long number, State state) throws SQLException {
        table.close(target, number, state);
        OpenRows closed = open.remove(number);
        if (closed != null) {
            places.forget(closed);
        }
    }
}
