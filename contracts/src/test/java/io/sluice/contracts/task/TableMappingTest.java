package io.sluice.contracts.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.task.StructureChoice.NameCase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableMappingTest {

    private static final TableName ORDERS = new TableName("Shop", "Orders");
    private static final TableChoice ALL = new TableChoice("Shop", "*", "app", null, null, null, null);

    @Test
    void aChoiceThatNamesTheTableCountsBeforePatterns() {
        TableChoice exact = new TableChoice("Shop", "Orders", null, "orders", null, "amount > 10", null);

        assertThat(mapping(NameCase.SOURCE, exact, ALL).target()).isEqualTo(new TableName("Shop", "orders"));
        assertThat(mapping(NameCase.SOURCE, ALL, exact).target()).isEqualTo(new TableName("Shop", "orders"));
        assertThat(mapping(NameCase.SOURCE, exact, ALL).filter()).isEqualTo("amount > 10");
    }

    @Test
    void amongPatternsTheLastOneCounts() {
        TableChoice later = new TableChoice("*", "Ord*", "other", null, null, null, null);

        assertThat(mapping(NameCase.SOURCE, ALL, later).target()).isEqualTo(new TableName("other", "Orders"));
        assertThat(mapping(NameCase.SOURCE, later, ALL).target()).isEqualTo(new TableName("app", "Orders"));
    }

    @Test
    void theCasePolicyCountsForNamesThatNobodyGave() {
        TableChoice choice = new TableChoice(
                "Shop",
                "Orders",
                "App",
                null,
                new TableChoice.Columns(List.of("Note"), Map.of("Id", "Key")),
                null,
                null);

        TableMapping mapping = mapping(NameCase.LOWER, choice);

        assertThat(mapping.target()).isEqualTo(new TableName("App", "orders"));
        assertThat(mapping.targetColumn("Id")).isEqualTo("Key");
        assertThat(mapping.targetColumn("Amount")).isEqualTo("amount");
        assertThat(mapping.moves("Note")).isFalse();
        assertThat(mapping.moves("Id")).isTrue();
        assertThat(mapping.identical()).isFalse();
    }

    @Test
    void aTableThatNoChoiceNamesKeepsItsName() {
        TableMapping mapping = TableMapping.of(spec(NameCase.SOURCE, ALL), new TableName("public", "t"));

        assertThat(mapping).isEqualTo(TableMapping.unchanged(new TableName("public", "t")));
        assertThat(mapping.identical()).isTrue();
    }

    private static TableMapping mapping(NameCase nameCase, TableChoice... choices) {
        return TableMapping.of(spec(nameCase, choices), ORDERS);
    }

    private static TaskSpec spec(NameCase nameCase, TableChoice... choices) {
        Endpoint endpoint = new Endpoint("h", 5432, "d", "u", new SealedSecret("v1:x"), Tls.DISABLED);
        return new TaskSpec(
                "task",
                SyncMode.FULL,
                endpoint,
                Dialect.POSTGRESQL,
                endpoint,
                List.of(choices),
                List.of(),
                1,
                new TaskSpec.RetryWindows(10, 1),
                null,
                new StructureChoice(true, null, StructureChoice.ExistingTable.FAIL, nameCase),
                ChangeChoice.DEFAULT,
                List.of(),
                LoadLimits.NONE,
                ChangeLimits.NONE,
                null);
    }
}
