package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DdlApplyTest {

    private static final TableName A = new TableName("public", "sale_a");
    private static final TableName B = new TableName("public", "sale_b");
    private static final TableName BOTH = new TableName("public", "sale");

    private final TestingCatalog target = new TestingCatalog();

    @BeforeEach
    void prepare() {
        target.columns.putAll(Map.of("id", "integer", "note", "text"));
        target.relations.add(BOTH);
    }

    @Test
    void aTableThatFillsOneTogetherWithOthersIsNotDroppedWithTheirRows() {
        assertRefused(
                new SourceObject("table", "public", "sale_a", true, table(true), null, null, List.of(), List.of()));
    }

    @Test
    void columnsOfOthersAreNotDropped() {
        assertRefused(new SourceObject(
                "table", "public", "sale_a", false, table(true), table(false), null, List.of(), List.of()));
    }

    @Test
    void aTableThatFillsOneAloneIsDropped() {
        SourceObject dropped =
                new SourceObject("table", "public", "sale_a", true, table(true), null, null, List.of(), List.of());
        assertThat(new DdlApply(Map.of(A, mapping(A))).plan(dropped, target))
                .containsExactly("DROP TABLE \"public\".\"sale\"");
    }

    private void assertRefused(SourceObject object) {
        DdlApply shared = new DdlApply(Map.of(A, mapping(A), B, mapping(B)));
        assertThatThrownBy(() -> shared.plan(object, target)).isInstanceOfSatisfying(SluiceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
            assertThat(e).hasMessageContaining("public.sale_a fills public.sale together with others");
        });
    }

    private static TableMapping mapping(TableName source) {
        return new TableMapping(source, BOTH, Set.of(), Map.of(), NameCase.SOURCE, null, null);
    }

    private static SourceTable table(boolean note) {
        Column id = new Column(1, "id", "integer", true, null, "", null, null, null);
        Column second = new Column(2, "note", "text", false, null, "", null, null, null);
        return new SourceTable("public", "sale_a", note ? List.of(id, second) : List.of(id), List.of(), List.of(), 1L);
    }
}
