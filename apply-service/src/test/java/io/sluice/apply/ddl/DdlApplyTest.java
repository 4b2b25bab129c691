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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DdlApplyTest {

    private static final TableName A = new TableName("public", "sale_a");
    private static final TableName B = new TableName("public", "sale_b");
    private static final TableName BOTH = new TableName("public", "sale");

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
        assertThat(new DdlApply(Map.of(A, mapping(A))).plan(dropped, new Target()))
                .containsExactly("DROP TABLE \"public\".\"sale\"");
    }

    private static void assertRefused(SourceObject object) {
        DdlApply shared = new DdlApply(Map.of(A, mapping(A), B, mapping(B)));
        assertThatThrownBy(() -> shared.plan(object, new Target())).isInstanceOfSatisfying(SluiceException.class, e -> {
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

    /** Has whatever it is asked for. */
    private static final class Target implements TargetCatalog {
        @Override
        public @Nullable String columnType(TableName table, String column) {
            return "text";
        }

        @Override
        public boolean hasConstraint(TableName table, String name) {
            return true;
        }

        @Override
        public boolean hasIndex(String schema, String name) {
            return true;
        }

        @Override
        public boolean hasRelation(TableName name) {
            return true;
        }

        @Override
        public boolean hasSchema(String name) {
            return true;
        }

        @Override
        public @Nullable List<TableName> viewReads(TableName view) {
            return null;
        }

        @Override
        public boolean hasType(TableName type) {
            return true;
        }

        @Override
        public @Nullable String typeDefinition(TableName type) {
            return null;
        }

        @Override
        public List<String> labels(String schema, String type) {
            return List.of();
        }
    }
}
