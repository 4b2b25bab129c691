package io.sluice.postgres.distribution;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.distribution.DistributionFacts.ForeignKey;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a table could be spread over the nodes of a distributed target. The column must be in the primary key, since no
 * node could keep the key unique otherwise.
 *
 * @param kind {@code HASH}, or {@code NONE} when no column is fit
 * @param columns at most one
 * @param with the table whose rows would lie on the same nodes; null when it is chosen for itself
 */
public record DistributionProposal(
        String schema,
        String table,
        String kind,
        List<String> columns,
        @Nullable String with,
        String reason) {

    /** In the order of names. Tables joined by foreign keys get the same column, as far as their primary keys allow. */
    public static Collection<DistributionProposal> of(DistributionFacts facts) {
        Map<TableName, DistributionProposal> proposals = new TreeMap<>();
        Map<TableName, List<ForeignKey>> keys =
                facts.foreignKeys().stream().collect(Collectors.groupingBy(ForeignKey::from));
        facts.tables().keySet().forEach(name -> propose(name, facts, keys, proposals, new HashSet<>()));
        return proposals.values();
    }

    /** What is referred to comes first; a circle of references is cut where it closes. */
    private static void propose(
            TableName name,
            DistributionFacts facts,
            Map<TableName, List<ForeignKey>> foreignKeys,
            Map<TableName, DistributionProposal> proposals,
            Set<TableName> underWay) {
        if (proposals.containsKey(name) || !underWay.add(name)) {
            return;
        }
        List<ForeignKey> keys = foreignKeys.getOrDefault(name, List.of()).stream()
                .filter(key -> !key.to().equals(name))
                .toList();
        keys.forEach(key -> propose(key.to(), facts, foreignKeys, proposals, underWay));
        TableDefinition table = facts.tables().get(name);
        if (table != null) {
            Optional<DistributionProposal> together = keys.stream()
                    .sorted(Comparator.comparingLong((ForeignKey key) -> rows(facts, key.to()))
                            .reversed())
                    .flatMap(key -> together(table, key, proposals.get(key.to())).stream())
                    .findFirst();
            proposals.put(name, together.orElseGet(() -> alone(table, facts)));
        }
    }

    private static long rows(DistributionFacts facts, TableName name) {
        TableDefinition table = facts.tables().get(name);
        return table == null ? 0 : table.rowsEstimated();
    }

    private static Optional<DistributionProposal> together(
            TableDefinition table, ForeignKey key, @Nullable DistributionProposal other) {
        if (other == null || other.columns().isEmpty()) {
            return Optional.empty();
        }
        int place = key.toColumns().indexOf(other.columns().getFirst());
        if (place < 0 || !table.primaryKey().contains(key.columns().get(place))) {
            return Optional.empty();
        }
        String column = key.columns().get(place);
        return Optional.of(of(
                table,
                column,
                key.to().toString(),
                "It refers to " + key.to() + ", which is distributed by "
                        + other.columns().getFirst() + ": rows that belong together lie on one node."));
    }

    private static DistributionProposal alone(TableDefinition table, DistributionFacts facts) {
        List<String> key = table.primaryKey();
        if (key.isEmpty()) {
            return new DistributionProposal(
                    table.name().schema(),
                    table.name().table(),
                    "NONE",
                    List.of(),
                    null,
                    "It has no primary key that a distribution column could be taken from.");
        }
        Map<String, Double> distinct = facts.distinct().getOrDefault(table.name(), Map.of());
        String best = key.getFirst();
        for (String column : key) {
            if (distinct.getOrDefault(column, 0.0) > distinct.getOrDefault(best, 0.0)) {
                best = column;
            }
        }
        Double values = distinct.get(best);
        String why;
        if (key.size() == 1) {
            why = "It is the primary key.";
        } else if (values == null) {
            why = "It comes first in the primary key; without statistics nothing more is known (run ANALYZE).";
        } else {
            why = "Of the primary key's columns it has the most distinct values, about " + Math.round(values) + ".";
        }
        return of(table, best, null, why);
    }

    private static DistributionProposal of(TableDefinition table, String column, @Nullable String with, String reason) {
        return new DistributionProposal(
                table.name().schema(), table.name().table(), "HASH", List.of(column), with, reason);
    }
}
