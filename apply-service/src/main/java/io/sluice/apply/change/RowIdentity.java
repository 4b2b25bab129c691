package io.sluice.apply.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What names a row across changes: its table and key at the source, or all of its values where it has no key. A digest,
 * so that a row of any size has a short one.
 */
public final class RowIdentity {

    private RowIdentity() {}

    /**
     * The row before and after the change; one when they are the same, or only one of them is known. Rows of a table with a
     * key that are one to the target have one identity, and perhaps others with them; without a key the text of the whole row
     * counts, for the target too.
     *
     * @param forms of the key's columns by their names at the source
     */
    public static Set<String> of(RowChange change, Function<String, KeyForm> forms) {
        Set<String> identities = new LinkedHashSet<>();
        add(identities, change, change.before(), forms);
        add(identities, change, change.after(), forms);
        return identities;
    }

    private static void add(
            Set<String> identities, RowChange change, @Nullable Row row, Function<String, KeyForm> forms) {
        if (row != null) {
            identities.add(
                    change.key().isEmpty()
                            ? digest(change.table(), sorted(row), row, column -> KeyForm.TEXT)
                            : digest(change.table(), change.key(), row, forms));
        }
    }

    private static List<String> sorted(Row row) {
        return row.columns().names().stream().sorted().toList();
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
