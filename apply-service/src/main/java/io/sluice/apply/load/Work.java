package io.sluice.apply.load;

import io.sluice.apply.structure.TableObject;
import java.util.List;

/** One thing that a worker does at a time. */
sealed interface Work {

    /** Some pages of a table. */
    record CopyPiece(TableCopy table, SourceTable source, SourcePart part, PageRange range) implements Work {}

    /** Tables from their first row to their last index; small ones many at a time, in one transaction each for rows and keys. */
    record CopyWhole(List<TableCopy> tables) implements Work {}

    /** Every piece is there: the table is noted as copied, after it was brought to the newest snapshot where it needs that. */
    record Settle(TableCopy table) implements Work {}

    /** Keys, constraints, indexes; in this order. */
    record Build(TableCopy table, List<TableObject> objects) implements Work {}

    /** Everything of the table is there. */
    record Finish(TableCopy table) implements Work {}

    /** By which the biggest goes first. */
    default long weight() {
        return switch (this) {
            case CopyPiece piece -> piece.table().weight();
            case CopyWhole whole -> whole.tables().getFirst().weight();
            case Settle settle -> settle.table().weight();
            case Build build -> build.table().weight();
            case Finish finish -> finish.table().weight();
        };
    }

    /** The tables it is about. */
    default List<TableCopy> tables() {
        return switch (this) {
            case CopyPiece piece -> List.of(piece.table());
            case CopyWhole whole -> whole.tables();
            case Settle settle -> List.of(settle.table());
            case Build build -> List.of(build.table());
            case Finish finish -> List.of(finish.table());
        };
    }

    /** For errors and logs, as in {@code table public.item, pages 0 to 511}. */
    default String text() {
        return switch (this) {
            case CopyPiece piece ->
                "table " + piece.part().name()
                        + (piece.range().equals(new PageRange(0, PageRange.END)) ? "" : ", " + piece.range());
            case CopyWhole whole ->
                whole.tables().size() == 1
                        ? "table " + whole.tables().getFirst().names().getFirst()
                        : whole.tables().size() + " tables";
            case Settle settle -> "table " + settle.table().names().getFirst();
            case Build build ->
                build.objects().getFirst().name() + " of table "
                        + build.table().names().getFirst();
            case Finish finish -> "table " + finish.table().names().getFirst();
        };
    }
}
