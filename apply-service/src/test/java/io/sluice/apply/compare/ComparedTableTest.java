package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What of tables with a transform is compared. */
class ComparedTableTest {

    private static final TableName ITEM = new TableName("public", "item");

    @Test
    void whatATransformWritesIsNamedAndNotCompared() {
        ComparedTable table = compared("{\"name\": mask(row.name), \"added\": row.n, \"n\": row.n}");

        assertThat(table.transformed()).containsExactly("added", "label");
        assertThat(table.target().columns()).extracting(Relation.Column::name).containsExactly("id", "n");
        assertThat(table.sources().getFirst().columns())
                .extracting(Relation.Column::name)
                .containsExactly("id", "n");
    }

    @Test
    void rowsThatATransformCanLeaveOutCannotBeCompared() {
        assertThatThrownBy(() -> compared("row.n > 1 ? row : null"))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_UNSUPPORTED))
                .hasMessageContaining("public.item");
    }

    /** Whichever comes first: what only one table has would be missing from the other, or compared of none. */
    @Test
    void columnsThatOnlySomeOfTheTablesHaveThatBecomeOneCannotBeCompared() {
        TableName narrow = new TableName("public", "narrow");
        TableName wide = new TableName("public", "wide");
        Map<TableName, TableDefinition> sources = Map.of(narrow, table("id", "x"), wide, table("id", "x", "y"));
        for (List<TableName> order : List.of(List.of(narrow, wide), List.of(wide, narrow))) {
            assertThatThrownBy(() -> ComparedTable.of(
                            order.stream().map(name -> into(name, Set.of())).toList(),
                            sources,
                            Map.of(ITEM, table("id", "x", "y")),
                            true,
                            true))
                    .isInstanceOfSatisfying(
                            SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED))
                    .hasMessageContaining("go into the same table")
                    .hasMessageContaining(": y.");
        }
        ComparedTable table = ComparedTable.of(
                List.of(into(narrow, Set.of()), into(wide, Set.of("y"))),
                sources,
                Map.of(ITEM, table("id", "x", "y")),
                true,
                true);
        assertThat(table.target().columns()).extracting(Relation.Column::name).containsExactly("id", "x");
    }

    private static TableMapping into(TableName source, Set<String> without) {
        return new TableMapping(source, ITEM, without, Map.of(), NameCase.SOURCE, null, null, null);
    }

    private static ComparedTable compared(String transform) {
        TableMapping mapping =
                new TableMapping(ITEM, ITEM, Set.of(), Map.of("name", "label"), NameCase.SOURCE, null, null, transform);
        return ComparedTable.of(
                List.of(mapping),
                Map.of(ITEM, table("id", "n", "name")),
                Map.of(ITEM, table("id", "n", "label", "added")),
                true,
                true);
    }

    private static TableDefinition table(String... columns) {
        return new TableDefinition(
                ITEM,
                1,
                Kind.TABLE,
                false,
                ReplicaIdentity.DEFAULT,
                0,
                0,
                0,
                Stream.of(columns)
                        .map(name -> new ColumnDefinition(
                                name, "text", "text", true, "text", false, null, Identity.NONE, null, null, "="))
                        .toList(),
                List.of("id"),
                List.of("id"));
    }
}
