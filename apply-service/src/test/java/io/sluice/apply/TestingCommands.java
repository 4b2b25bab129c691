package io.sluice.apply;

import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Commands of the source that add the column {@code w} to tables that have the column {@code v}. */
final class TestingCommands {

    static final String REFUSED = "ALTER TABLE heap ADD COLUMN w float DEFAULT random()";

    private TestingCommands() {}

    /** What the source has computed for each row there, nobody else knows. */
    static DdlContent refused(String... tables) {
        List<SourceObject> objects = Stream.of(tables)
                .map(table -> new SourceObject(
                        "table",
                        "public",
                        table,
                        false,
                        table(table, null),
                        table(table, "random()"),
                        null,
                        List.of(),
                        List.of()))
                .toList();
        return new DdlContent("ALTER TABLE", REFUSED, objects, null);
    }

    /** A column that is the same for every row. */
    static DdlContent carriedOver() {
        SourceTable wide = table("heap", "random()");
        List<SourceTable.Column> columns = List.of(
                wide.columns().getFirst(),
                new SourceTable.Column(3, "w", "double precision", false, null, "", null, null, null));
        SourceTable after = new SourceTable("public", "heap", columns, List.of(), List.of(), 1L);
        SourceObject heap = new SourceObject(
                "table", "public", "heap", false, table("heap", null), after, null, List.of(), List.of());
        return new DdlContent("ALTER TABLE", "ALTER TABLE heap ADD w float", List.of(heap), null);
    }

    private static SourceTable table(String name, @Nullable String volatileDefault) {
        SourceTable.Column v = new SourceTable.Column(2, "v", "text", false, null, "", null, null, null);
        SourceTable.Column w =
                new SourceTable.Column(3, "w", "double precision", false, volatileDefault, "", null, null, null);
        return new SourceTable(
                "public", name, volatileDefault == null ? List.of(v) : List.of(v, w), List.of(), List.of(), 1L);
    }
}
