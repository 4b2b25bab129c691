package io.sluice.task.precheck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.postgres.catalog.TableDefinition;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Short texts that differ when what was looked at differs. */
final class Fingerprint {

    private Fingerprint() {}

    static String of(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Of what the checks judge: names, kinds, keys and columns, but not how many rows there are. */
    static String of(List<TableDefinition> tables) {
        return of(tables.stream()
                .map(table -> table.name() + "\n" + table.oid() + table.kind() + table.unlogged()
                        + table.replicaIdentity() + table.columns() + table.primaryKey() + table.identityColumns())
                .collect(Collectors.joining("\n")));
    }
}
