package io.sluice.postgres.dialect;

import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.TableBlueprint.Generated;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** GaussDB, distributed: see "CREATE TABLE" in its developer guide. */
final class GaussDbDialect extends OpenGaussDialect {

    @Override
    public boolean distributes() {
        return true;
    }

    @Override
    String distribution(TableBlueprint table) {
        Distribution distribution = table.distribution();
        if (distribution == null) {
            // By its own choice: the first column that is fit.
            return "";
        }
        return switch (distribution.kind()) {
            case HASH -> " DISTRIBUTE BY HASH (" + Identifier.list(distribution.columns()) + ")";
            case REPLICATION, NONE -> " DISTRIBUTE BY REPLICATION";
        };
    }

    /** All that one transaction notes of a task is on one node, and every primary key has the column. */
    @Override
    public String distributionOfNotes() {
        return " DISTRIBUTE BY HASH (task_id)";
    }

    @Override
    public boolean computes(Generated generated) {
        return generated == Generated.NO;
    }

    @Override
    public @Nullable String refuses(ObjectKind kind) {
        return kind == ObjectKind.FOREIGN_KEY ? "GaussDB, distributed, has no foreign keys." : super.refuses(kind);
    }

    @Override
    public @Nullable String refusesUnique(List<String> columns, @Nullable Distribution distribution) {
        return CitusDialect.withoutDistributionColumn("GaussDB, distributed,", columns, distribution);
    }
}
