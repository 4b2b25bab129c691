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
 * @param cut in which parts it can be read one after the other
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
        Cut cut,
        boolean alone) {

    /** In ranges of pages, partition by partition, or not at all. */
    enum Cut {
        PAGES,
        PARTITIONS,
        NOT
    }

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
     * @param allDigits floating-point numbers, which the two servers would write in different ways, are written with all
     *     their digits
     */
    record Column(String name, String type, String equality, boolean alike, boolean allDigits) {

        private static final String ARRAY = "[]";

        Column(String name, String type, String equality, boolean alike) {
            this(name, type, equality, alike, false);
        }

        /** A type that the other side does not have keeps the digits that came over. */
        Column inAllDigits() {
            String element = type.endsWith(ARRAY) ? type.substring(0, type.length() - ARRAY.length()) : type;
            boolean floating = element.equals("real") || element.equals("double precision");
            return new Column(name, type, equality, alike, alike && floating);
        }

        String quoted() {
            return Identifier.quote(name);
        }

        /** As the type's output function writes it, or with all digits; blanks at the end are not cut. */
        String image() {
            String quoted = quoted();
            if (allDigits) {
                return type.endsWith(ARRAY) ? elements(quoted) : digits(quoted);
            }
            return type.equals("bpchar") || type.equals("character")
                    ? "CASE WHEN " + quoted + " IS NOT NULL THEN format('%s', " + quoted + ") END"
                    : quoted + "::text";
        }

        /** So many digits tell every number from its neighbours, and are read as it. Infinity would become {@code #}. */
        private String digits(String value) {
            String places = type.startsWith("real") ? "99999999" : "9999999999999999";
            return "CASE WHEN " + value + " IN ('NaN', 'Infinity', '-Infinity') THEN " + value
                    + "::text ELSE ltrim(to_char(" + value + ", '9." + places + "EEEE')) END";
        }

        /** Of several dimensions, or not counted from 1, it is written as it is. */
        private String elements(String array) {
            return "CASE WHEN array_ndims(" + array + ") = 1 AND array_lower(" + array
                    + ", 1) = 1 THEN (SELECT array_agg(" + digits("u.e") + " ORDER BY u.n)::text FROM unnest(" + array
                    + ") WITH ORDINALITY AS u (e, n)) ELSE " + array + "::text END";
        }

        /** For ordering and matching alike on both sides, whatever their collations. */
        String keyText() {
            return (allDigits ? "(" + image() + ")" : quoted() + "::text") + " COLLATE \"C\"";
        }
    }

    /** The same, read from servers of which one was before PostgreSQL 12 and the other was not. */
    Relation inAllDigits() {
        return new Relation(
                name,
                columns.stream().map(Column::inAllDigits).toList(),
                key.stream().map(Column::inAllDigits).toList(),
                filter,
                rows,
                bytes,
                pages,
                cut,
                alone);
    }

    /** With the sizes of its partitions. */
    Relation of(Partitions partitions) {
        return new Relation(
                name,
                columns,
                key,
                filter,
                partitions.leaves().stream().mapToLong(Partitions.Leaf::rows).sum(),
                partitions.leaves().stream().mapToLong(Partitions.Leaf::bytes).sum(),
                partitions.leaves().stream().mapToLong(Partitions.Leaf::pages).sum(),
                cut,
                alone);
    }

    /** Read by one statement. */
    Relation whole() {
        return new Relation(name, columns, key, filter, rows, bytes, pages, Cut.NOT, alone);
    }

    /** A partition of it, which has the same columns. */
    Relation leaf(Partitions.Leaf leaf) {
        return new Relation(
                leaf.name(), columns, key, filter, leaf.rows(), leaf.bytes(), leaf.pages(), Cut.PAGES, alone);
    }

    /** Ranges of pages can be read one after the other. */
    boolean sliced() {
        return cut == Cut.PAGES;
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
