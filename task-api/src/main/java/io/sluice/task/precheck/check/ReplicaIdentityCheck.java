package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.sql.SQLException;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The keys of changed rows must be in the WAL. */
final class ReplicaIdentityCheck implements Check {

    @Override
    public About about() {
        return About.source("replica-identity", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        SortedMap<TableName, List<TableDefinition>> leaves = Leaves.of(subject);
        // Those without a primary key are named by the check of keys.
        List<TableDefinition> keyed = Stream.concat(
                        subject.tables().values().stream(),
                        leaves.values().stream().flatMap(List::stream))
                .filter(table -> !table.primaryKey().isEmpty())
                .toList();
        List<TableName> nothing = tables(keyed, table -> table.replicaIdentity() == ReplicaIdentity.NOTHING);
        if (!nothing.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(nothing)
                            + ": REPLICA IDENTITY NOTHING keeps the keys of changed rows out of the WAL.",
                    fix(nothing),
                    nothing);
        }
        List<TableName> lost = tables(
                keyed,
                table -> table.replicaIdentity() == ReplicaIdentity.INDEX
                        && table.identityColumns().isEmpty());
        if (!lost.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(lost) + ": the index of their REPLICA IDENTITY was dropped or is not valid, so that"
                            + " nothing identifies a changed row.",
                    fix(lost),
                    lost);
        }
        leaves.forEach((root, parts) -> likeRoot(subject.tables().get(root), parts, findings));
    }

    /** The stream describes the root: what a partition puts into the WAL must hold the key that stands there. */
    private static void likeRoot(@Nullable TableDefinition root, List<TableDefinition> leaves, Findings findings) {
        if (root == null) {
            return;
        }
        List<String> key = root.identityColumns();
        List<TableName> unlike = tables(
                leaves,
                leaf -> leaf.replicaIdentity() != ReplicaIdentity.FULL
                        && !leaf.identityColumns().isEmpty()
                        && (key.isEmpty() || !leaf.identityColumns().containsAll(key)));
        if (!unlike.isEmpty()) {
            String clause = switch (root.replicaIdentity()) {
                case FULL, NOTHING -> "FULL";
                case DEFAULT -> key.isEmpty() ? "FULL" : "DEFAULT";
                case INDEX -> "USING INDEX <index>";
            };
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_WITHOUT_KEY,
                    Findings.list(unlike) + ": partitions of " + root.name() + " with another replica identity than the"
                            + " table itself, so that its changed rows could not be told apart. Give all of them the"
                            + " same one.",
                    Findings.sql(unlike, table -> "ALTER TABLE " + table + " REPLICA IDENTITY " + clause),
                    unlike);
        }
    }

    private static String fix(List<TableName> tables) {
        return Findings.sql(tables, table -> "ALTER TABLE " + table + " REPLICA IDENTITY DEFAULT");
    }

    private static List<TableName> tables(List<TableDefinition> of, Predicate<TableDefinition> which) {
        return of.stream().filter(which).map(TableDefinition::name).toList();
    }
}
