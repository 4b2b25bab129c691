package io.sluice.apply.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What names the rows of a change, so that other changes of them can be told: their table and their key at the source, or all
 * of their values where they have no key.
 *
 * @param columns by which rows are told apart, as they are called in the change
 * @param rows a digest of each, so that a row of any size has a short one: of the row before and after the change; one when
 *     they are the same, or only one of them is known. None for what is not about single rows
 */
public record RowIdentity(TableName table, List<String> columns, Set<String> rows) {

    public RowIdentity {
        columns = List.copyOf(columns);
        rows = Set.copyOf(rows);
    }

    /**
     * Rows of a table with a key that are one to the target have one identity, and perhaps others with them; without a key
     * the text of the whole row counts, for the target too.
     *
     * @param called what stands for the table in every run, whatever its name is
     * @param forms of the key's columns by their names at the source
     */
    public static RowIdentity of(RowChange change, TableName called, Function<String, KeyForm> forms) {
        Set<String> rows = new LinkedHashSet<>();
        List<String> columns = columns(change);
        Function<String, KeyForm> known = change.key().isEmpty() ? column -> KeyForm.TEXT : forms;
        Row before = change.before();
        Row after = change.after();
        if (before != null) {
            rows.add(digest(called, columns, before, known));
        }
        if (after != null) {
            // Without a key the old row is whole; of the new one large values that did not change are not sent again.
            Row whole = change.key().isEmpty() && before != null ? filled(before, after) : after;
            rows.add(digest(called, columns, whole, known));
        }
        return new RowIdentity(change.table(), columns, rows);
    }

    /** @throws IllegalArgumentException when it is no change of rows */
    public static TableName tableOf(ChangeRecord change) {
        return switch (change) {
            case RowChange row -> row.table();
            case Truncate truncate -> truncate.table();
            case ChangeRecord.TooLarge large -> throw noRows();
            case ChangeRecord.Ddl ddl -> throw noRows();
            case ChangeRecord.TransactionEnd end -> throw noRows();
            case ChangeRecord.Heartbeat heartbeat -> throw noRows();
        };
    }

    private static IllegalArgumentException noRows() {
        return new IllegalArgumentException("change: not of rows");
    }

    /** Of what holds nothing back. */
    public static RowIdentity ofNoRows(TableName table) {
        return new RowIdentity(table, List.of(), Set.of());
    }

    /** By which the rows of a change are told from others. */
    public static List<String> columns(RowChange change) {
        Row whole = change.before() == null ? change.after() : change.before();
        return columns(change.key(), whole == null ? List.of() : whole.columns().names());
    }

    /**
     * @param key of the rows; empty when they have none
     * @param all columns of the whole row, where they have none
     */
    public static List<String> columns(List<String> key, List<String> all) {
        return key.isEmpty() ? all.stream().sorted().toList() : key;
    }

    /** The other is of one of these rows, or that cannot be told, since it tells rows apart by other columns. */
    public boolean mayMeet(RowIdentity other) {
        return table.equals(other.table)
                && !rows.isEmpty()
                && !other.rows.isEmpty()
                && (!columns.equals(other.columns) || rows.stream().anyMatch(other.rows::contains));
    }

    private static Row filled(Row before, Row after) {
        List<String> names = before.columns().names();
        @Nullable String[] values = new @Nullable String[names.size()];
        Arrays.setAll(values, i -> {
            String name = names.get(i);
            return after.columns().contains(name) ? after.value(name) : before.value(name);
        });
        return new Row(before.columns(), values);
    }

    private static String digest(TableName table, List<String> columns, Row row, Function<String, KeyForm> forms) {
        MessageDigest digest = sha256();
        add(digest, table.schema());
        add(digest, table.table());
        for (String column : columns) {
            add(digest, column);
            add(digest, forms.apply(column).normal(row.value(column)));
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    /** With its length before it, so that no two lists of texts look the same. */
    private static void add(MessageDigest digest, @Nullable String text) {
        if (text == null) {
            digest.update((byte) 0);
            return;
        }
        byte[] bytes = text.getBytes(UTF_8);
        digest.update((byte) 1);
        for (int shift = 24; shift >= 0; shift -= 8) {
            digest.update((byte) (bytes.length >> shift));
        }
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
