package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.util.List;
import java.util.function.Predicate;

/** The keys of changed rows must be in the WAL. */
final class ReplicaIdentityCheck implements Check {

    @Override
    public About about() {
        return About.source("replica-identity", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        if (!subject.streams()) {
            return;
        }
        List<TableName> nothing = tables(subject, table -> table.replicaIdentity() == ReplicaIdentity.NOTHING);
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
                subject,
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
    }

    private static String fix(List<TableName> tables) {
        return Findings.sql(tables, table -> "ALTER TABLE " + table + " REPLICA IDENTITY DEFAULT");
    }

    /** Tables with a primary key; those without are named by the check of keys. */
    private static List<TableName> tables(Subject subject, Predicate<TableDefinition> which) {
        return subject.tables().values().stream()
                .filter(table ->
                        table.kind() == Kind.TABLE && !table.primaryKey().isEmpty())
                .filter(which)
                .map(TableDefinition::name)
                .toList();
    }
}
