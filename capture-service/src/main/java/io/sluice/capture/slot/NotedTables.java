package io.sluice.capture.slot;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.task.TableName;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which table had which name when a publication was noted, so that tables that have swapped their names since can be told.
 * Each pair of OID and name is a short hash: a task may have 10,000 tables, and the comment of a publication holds them.
 *
 * @param pairs the hashes
 */
record NotedTables(Set<String> pairs) {

    /** 48 bits, so among 10,000 tables a wrong pair passes for a noted one once in 10^10. */
    private static final int HASH_BYTES = 6;

    private static final int HASH_CHARS = HASH_BYTES * 4 / 3;

    private static final Pattern TEXT = Pattern.compile("; tables ([A-Za-z0-9_-]*)$");

    NotedTables {
        pairs = Set.copyOf(pairs);
    }

    static NotedTables of(Map<Integer, TableName> byOid) {
        Set<String> pairs = new HashSet<>();
        byOid.forEach((oid, name) -> pairs.add(pair(oid, name)));
        return new NotedTables(pairs);
    }

    /** Finds them in a comment; null when it speaks of none, as those of older versions. */
    static @Nullable NotedTables find(@Nullable String comment) {
        Matcher matcher = TEXT.matcher(comment == null ? "" : comment);
        if (!matcher.find()) {
            return null;
        }
        String text = matcher.group(1);
        Set<String> pairs = new HashSet<>();
        for (int at = 0; at + HASH_CHARS <= text.length(); at += HASH_CHARS) {
            pairs.add(text.substring(at, at + HASH_CHARS));
        }
        return new NotedTables(pairs);
    }

    boolean has(int oid, TableName name) {
        return pairs.contains(pair(oid, name));
    }

    /**
     * Tables may have swapped their names: then none is missing.
     *
     * @param excused tables that are loaded anew, or whose renaming was told of
     * @throws io.sluice.contracts.error.SluiceException {@code SCHEMA_CHANGED} when a table is another one
     */
    void require(FollowedTables followed, Predicate<TableName> excused) {
        followed.byOid().forEach((oid, table) -> {
            if (!has(oid, table) && !excused.test(table)) {
                throw FollowedTables.parted(
                        table
                                + " is not the table that it was when its changes were last captured: another table has its name");
            }
        });
    }

    /** To be put at the end of a comment. */
    String text() {
        return "; tables " + String.join("", new TreeSet<>(pairs));
    }

    private static String pair(int oid, TableName name) {
        byte[] schema = name.schema().getBytes(UTF_8);
        byte[] table = name.table().getBytes(UTF_8);
        // No name has a zero byte in it.
        ByteBuffer pair = ByteBuffer.allocate(Integer.BYTES + schema.length + 1 + table.length);
        pair.putInt(oid).put(schema).put((byte) 0).put(table);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(pair.array());
            return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash, HASH_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
