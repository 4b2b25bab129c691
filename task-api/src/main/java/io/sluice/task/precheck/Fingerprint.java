package io.sluice.task.precheck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.Json;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.postgres.catalog.TableDefinition;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Short texts that differ when what was looked at differs. */
final class Fingerprint {

    private static final SealedSecret NO_SECRET = new SealedSecret("v1:");

    private Fingerprint() {}

    /**
     * Of what the checks look at, from a specification as it is stored. Not of names, limits and who is told, which no check
     * asks for, nor of workers and credentials: a start looks with those that are given then, and a planned one must not
     * lose what was confirmed of it because a password was changed.
     */
    static String ofTask(String stored) {
        TaskSpec spec = Json.read(stored, TaskSpec.class);
        return of(Json.write(new TaskSpec(
                "",
                spec.mode(),
                place(spec.source()),
                spec.dialect(),
                place(spec.target()),
                spec.choices(),
                spec.exclude(),
                0,
                new RetryWindows(0, 0),
                null,
                spec.structure(),
                spec.changes(),
                spec.transforms(),
                LoadLimits.NONE,
                new ChangeLimits(null, null, spec.changeLimits().from()),
                null)));
    }

    private static Endpoint place(Endpoint endpoint) {
        return new Endpoint(
                endpoint.host(), endpoint.port(), endpoint.database(), endpoint.username(), NO_SECRET, Tls.DISABLED);
    }

    private static String of(String text) {
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
