package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.sluice.apply.compare.Relation.Column;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.List;

/**
 * How the rows of a table fall into pieces, on both sides alike. Each row is in exactly one piece; the pieces are
 * numbered from 0.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "by")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Pieces.ByKey.class, name = "key"),
    @JsonSubTypes.Type(value = Pieces.ByHash.class, name = "hash"),
})
sealed interface Pieces {

    int count();

    /** The index of the key leads to a piece; else whoever looks for one reads the whole table. */
    boolean indexed();

    /** An expression: the number of a row's piece. */
    String number(Relation relation, RowHash hash);

    /** A condition that the rows of these pieces meet; the numbers ascend. */
    String within(Relation relation, RowHash hash, List<Integer> pieces);

    /**
     * By ranges of one column of the key, so that an index leads to a piece. NULL, which is in no range, belongs to the first.
     *
     * @param column its place in the key
     * @param type with which boundaries are compared; text by its bytes, since collations differ from server to server
     * @param boundaries ascending; each begins a piece, and one more piece comes before the first
     */
    record ByKey(int column, String type, List<String> boundaries) implements Pieces {

        public ByKey {
            boundaries = List.copyOf(boundaries);
        }

        @Override
        public int count() {
            return boundaries.size() + 1;
        }

        @Override
        public boolean indexed() {
            // Text has in the index the order of its collation, and here that of its bytes.
            return column == 0 && !type.equals("text");
        }

        @Override
        public String number(Relation relation, RowHash hash) {
            if (boundaries.isEmpty()) {
                return "0";
            }
            return "coalesce(width_bucket(" + value(relation) + ", ARRAY["
                    + boundaries.stream().map(Identifier::literal).collect(joining(", ")) + "]::" + type + "[]), 0)";
        }

        @Override
        public String within(Relation relation, RowHash hash, List<Integer> pieces) {
            List<String> ranges = new ArrayList<>();
            for (int i = 0; i < pieces.size(); i++) {
                int first = pieces.get(i);
                while (i + 1 < pieces.size() && pieces.get(i + 1) == pieces.get(i) + 1) {
                    i++;
                }
                ranges.add(range(value(relation), first, pieces.get(i)));
            }
            return String.join(" OR ", ranges);
        }

        private String range(String value, int first, int last) {
            List<String> bounds = new ArrayList<>();
            if (first > 0) {
                bounds.add(value + " >= " + boundary(first - 1));
            }
            if (last < boundaries.size()) {
                bounds.add(value + " < " + boundary(last));
            }
            if (bounds.isEmpty()) {
                return "true";
            }
            String range = String.join(" AND ", bounds);
            return first > 0 ? "(" + range + ")" : "(" + range + " OR " + value + " IS NULL)";
        }

        private String boundary(int place) {
            return Identifier.literal(boundaries.get(place)) + "::" + type;
        }

        private String value(Relation relation) {
            return value(relation.key().get(column));
        }

        /** What of a column is compared with boundaries. */
        static String value(Column column) {
            return isText(column) ? column.keyText() : column.quoted();
        }

        static boolean isText(Column column) {
            return switch (column.type()) {
                case "text", "character varying", "bpchar", "character" -> true;
                default -> false;
            };
        }
    }

    /**
     * By the hash of the key or, without one, of the whole row.
     *
     * @param count a power of two
     */
    record ByHash(int count) implements Pieces {

        public ByHash {
            if (Integer.bitCount(count) != 1) {
                throw new IllegalArgumentException("pieces: not a power of two: " + count);
            }
        }

        @Override
        public boolean indexed() {
            return false;
        }

        @Override
        public String number(Relation relation, RowHash hash) {
            return "(" + hash.of(relation.keyed() ? relation.key() : relation.columns()) + " & " + (count - 1)
                    + ")::integer";
        }

        @Override
        public String within(Relation relation, RowHash hash, List<Integer> pieces) {
            return number(relation, hash) + " = ANY ('{"
                    + pieces.stream().map(String::valueOf).collect(joining(",")) + "}'::integer[])";
        }
    }
}
