package io.sluice.postgres.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import io.sluice.postgres.distribution.DistributionFacts.ForeignKey;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DistributionProposalTest {

    @Test
    void theColumnOfTheKeyWithTheMostValuesIsProposed() {
        var facts = facts(
                Map.of(name("a"), Map.of("day", 30.0, "device", 9000.0, "note", 1e6)),
                List.of(),
                table("a", 10, "day", "device"),
                table("b", 10, "x", "y"),
                table("c", 10));

        assertThat(columns(facts)).isEqualTo(Map.of("a", "device", "b", "x", "c", ""));
    }

    @Test
    void aChainOfTablesFollowsItsRoot() {
        var facts = facts(
                Map.of(name("campaign"), Map.of("company", 10.0, "id", 1000.0)),
                List.of(
                        key("campaign", List.of("company"), "company", List.of("id")),
                        key("ad", List.of("company", "campaign"), "campaign", List.of("company", "id")),
                        key("loose", List.of("company"), "company", List.of("id"))),
                table("company", 10, "id"),
                table("campaign", 1000, "company", "id"),
                table("ad", 9000, "company", "campaign", "id"),
                table("loose", 10, "id"));

        assertThat(columns(facts))
                .isEqualTo(Map.of("company", "id", "campaign", "company", "ad", "company", "loose", "id"));
    }

    @Test
    void ofSeveralTablesTheLargestIsFollowed() {
        var facts = facts(
                Map.of(),
                List.of(
                        key("line", List.of("product"), "product", List.of("id")),
                        key("line", List.of("customer"), "customer", List.of("id"))),
                table("line", 100, "product", "customer"),
                table("product", 10, "id"),
                table("customer", 5000, "id"));

        assertThat(columns(facts)).containsEntry("line", "customer");
    }

    @Test
    void aCircleOfReferencesIsCut() {
        var facts = facts(
                Map.of(),
                List.of(key("a", List.of("id"), "b", List.of("id")), key("b", List.of("id"), "a", List.of("id"))),
                table("a", 1, "id"),
                table("b", 1, "id"));

        assertThat(columns(facts)).isEqualTo(Map.of("a", "id", "b", "id"));
    }

    private static Map<String, String> columns(DistributionFacts facts) {
        return DistributionProposal.of(facts).stream()
                .collect(Collectors.toMap(
                        DistributionProposal::table, proposal -> String.join(",", proposal.columns())));
    }

    private static DistributionFacts facts(
            Map<TableName, Map<String, Double>> distinct, List<ForeignKey> keys, TableDefinition... tables) {
        return new DistributionFacts(
                new TreeMap<>(Arrays.stream(tables).collect(Collectors.toMap(TableDefinition::name, table -> table))),
                distinct,
                keys);
    }

    private static ForeignKey key(String from, List<String> columns, String to, List<String> toColumns) {
        return new ForeignKey(name(from), columns, name(to), toColumns);
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    private static TableDefinition table(String name, long rows, String... key) {
        return new TableDefinition(
                name(name),
                1,
                Kind.TABLE,
                false,
                ReplicaIdentity.DEFAULT,
                rows,
                0,
                0,
                List.of(),
                List.of(key),
                List.of(key));
    }
}
