package io.sluice.apply.structure;

import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.ForeignKey;
import io.sluice.postgres.dialect.TargetDialect;
import io.sluice.postgres.distribution.DistributionFacts;
import io.sluice.postgres.distribution.DistributionProposal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the kind of target does not take, and how its tables are distributed. */
final class DialectRules {

    private final TargetDialect dialect;
    private final Map<TableName, Distribution> undecided;
    private final Map<TableName, TableName> parents = new HashMap<>();
    private final Map<Ref, Unique> uniques = new HashMap<>();
    private final Map<Ref, Reference> references = new HashMap<>();

    private record Unique(TableName table, List<String> columns) {}

    private record Reference(TableName table, List<String> columns, TableName other, List<String> otherColumns) {}

    /** @param undecided how tables are distributed for which the user has decided nothing */
    DialectRules(TargetDialect dialect, Map<TableName, Distribution> undecided) {
        this.dialect = dialect;
        this.undecided = undecided;
    }

    /** Tables for which the user has decided nothing are distributed as the API proposes it. */
    static DialectRules of(TargetDialect dialect, Connection source, Map<TableName, TableDefinition> tables)
            throws SQLException {
        return new DialectRules(dialect, dialect.distributes() ? proposals(source, tables) : Map.of());
    }

    static Map<TableName, Distribution> proposals(Connection source, Map<TableName, TableDefinition> tables)
            throws SQLException {
        Map<TableName, Distribution> proposals = new HashMap<>();
        for (DistributionProposal proposal : DistributionProposal.of(DistributionFacts.read(source, tables))) {
            proposals.put(
                    new TableName(proposal.schema(), proposal.table()),
                    new Distribution(Distribution.Kind.valueOf(proposal.kind()), proposal.columns()));
        }
        return proposals;
    }

    TargetDialect dialect() {
        return dialect;
    }

    void addPartition(TableName partition, TableName parent) {
        parents.put(partition, parent);
    }

    void addUnique(Ref ref, TableName table, List<String> columns) {
        uniques.put(ref, new Unique(table, columns));
    }

    void addForeignKey(Ref ref, TableName table, List<String> columns, TableName other, List<String> otherColumns) {
        references.put(ref, new Reference(table, columns, other, otherColumns));
    }

    /**
     * With the source's names; null when nobody has decided and there is nothing to decide. A partition goes where its parent
     * is.
     */
    @Nullable
    Distribution distribution(TableName table, Names names) {
        TableName whole = table;
        for (TableName parent = parents.get(whole); parent != null; parent = parents.get(whole)) {
            whole = parent;
        }
        TableMapping mapping = names.mapping(whole);
        return mapping == null || mapping.distribution() == null ? undecided.get(whole) : mapping.distribution();
    }

    @Nullable
    String refuses(SourceObject object, Names names) {
        String kind = dialect.refuses(object.kind());
        if (kind != null) {
            return kind;
        }
        Unique unique = uniques.get(object.ref());
        if (unique != null) {
            return dialect.refusesUnique(unique.columns(), distribution(unique.table(), names));
        }
        Reference reference = references.get(object.ref());
        return reference == null
                ? null
                : dialect.refusesForeignKey(new ForeignKey(
                        reference.columns(),
                        distribution(reference.table(), names),
                        reference.otherColumns(),
                        distribution(reference.other(), names)));
    }
}
