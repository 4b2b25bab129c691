package io.sluice.apply.compare;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One table of one side, as a comparison reads it.
 *
 * @param columns those that are compared, in the same order on both sides
 * @param key the columns that identify a row, in the same order on both sides; empty when rows cannot be identified
 * @param filter an SQL condition; null when every row is meant
 * @param rows the estimate of the statistics
 * @param bytes with what is stored out of line
 * @param pages of the heap
 * @param sliced ranges of pages can be read one after the other
 * @param alone rows of tables that inherit from it are not meant: these are tables of their own
 */
record Relation(
        TableName name,
        List<Column> columns,
        List<Column> key,
        @Nullable String filter,
        long rows,
        long bytes,
        long pages,
        boolean sliced,
        boolean alone) {

    private static final long MOST_BYTES = 32_000_000;

    /** What a row is taken to have, in bytes, where there are no statistics yet. */
    private static final long UNKNOWN_ROW = 640_000;

    Relation {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
    }

    /**
     * @param type without length or precision, as {@code format_type} writes it
     * @param equality the operator of the key's index
     * @param alike the type is the same on the other side
     */
    record Column(String name, String type, String equality, boolean alike) {

        String quoted() {
            return Identifier.quote(name);
        }

        /** As the type's output function writes it; blanks at the end are not cut. */
        String image() {
            String quoted = quoted();
            return type.equals("bpchar") || type.equals("character")
                    ? "CASE WHEN " + quoted + " IS NOT NULL THEN format('%s', " + quoted + ") END"
                    : quoted + "::text";
        }

        /** For ordering and matching alike on both sides, whatever their collations. */
        String keyText() {
            return quoted() + "::text COLLATE \"C\"";
        }
    }

    String quoted() {
        return Identifier.quote(name);
    }

    /** As it is read, changed and deleted from. */
    String rowsOf() {
        return alone ? "ONLY " + quoted() : quoted();
    }

    /** How many rows may be held at a time. */
    int atOnce(int most) {
        long row = rows > 0 ? bytes / rows : pages > 0 ? bytes / pages : UNKNOWN_ROW;
        return Math.clamp(MOST_BYTES / Math.max(1, row), 1, most);
    }

    boolean keyed() {
        return !key.isEmpty();
    }

    boolean sameColumns(Relation other) {
        return name.equals(other.name) && columns.equals(other.columns) && key.equals(other.key);
    }

    /** The condition with another one; never empty. */
    String where(String condition) {
        return filter == null ? condition : "(" + filter + ") AND (" + condition + ")";
    }
}
