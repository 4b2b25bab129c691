package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.apply.session.DatabaseSession;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Chooses the pieces of a table: of about as many rows each as can be read once more without being felt, with bounds from
 * a sample of the source.
 */
final class PieceChoice {

    private static final long ROWS_IN_A_PIECE = 10_000;
    private static final int MOST_PIECES = 4_096;

    /** The sample is of whole pages, so it takes several to make the pieces alike. */
    private static final int PAGES_FOR_A_PIECE = 4;

    /** A column of the key with fewer bounds than this part of what was wanted does not tell rows apart well. */
    private static final int GOOD_PART = 4;

    private PieceChoice() {}

    /** @param hash with MD5 the target may have no width_bucket that takes bounds */
    static Pieces of(ComparedTable table, DatabaseSession source, RowHash hash) {
        long rows = table.sources().stream().mapToLong(Relation::rows).sum();
        int wanted = Math.clamp(rows / ROWS_IN_A_PIECE, 1, MOST_PIECES);
        if (!table.keyed() || hash == RowHash.MD5) {
            return byHash(wanted);
        }
        List<Pieces.ByKey> candidates = new ArrayList<>();
        for (int i = 0; i < table.target().key().size(); i++) {
            if (ordered(table, i)) {
                Pieces.ByKey byKey = wanted == 1
                        ? new Pieces.ByKey(i, type(table, i), List.of())
                        : sampled(table, i, wanted, source);
                if (wanted == 1 || byKey.count() > wanted / GOOD_PART) {
                    return byKey;
                }
                candidates.add(byKey);
            }
        }
        return candidates.stream()
                .max(Comparator.comparingInt(Pieces.ByKey::count))
                .filter(best -> best.count() > wanted / (2 * GOOD_PART))
                .map(Pieces.class::cast)
                .orElseGet(() -> byHash(wanted));
    }

    private static Pieces byHash(int wanted) {
        return new Pieces.ByHash(Integer.highestOneBit(Math.max(1, wanted)));
    }

    /** Of these types both sides have the same order. */
    private static boolean ordered(ComparedTable table, int place) {
        Column column = table.target().key().get(place);
        return column.alike()
                && switch (column.type()) {
                    case "smallint",
                            "integer",
                            "bigint",
                            "numeric",
                            "real",
                            "double precision",
                            "oid",
                            "uuid",
                            "date",
                            "timestamp without time zone",
                            "timestamp with time zone",
                            "text",
                            "character varying",
                            "bpchar",
                            "character",
                            "bytea" -> true;
                    default -> false;
                };
    }

    private static String type(ComparedTable table, int place) {
        Column column = table.target().key().get(place);
        return Pieces.ByKey.isText(column) ? "text" : column.type();
    }

    private static Pieces.ByKey sampled(ComparedTable table, int place, int wanted, DatabaseSession source) {
        long pages =
                Math.max(1, table.sources().stream().mapToLong(Relation::pages).sum());
        double percent = Math.min(100, 100.0 * wanted * PAGES_FOR_A_PIECE / pages);
        String samples = table.sources().stream()
                .map(relation -> "SELECT " + Pieces.ByKey.value(relation.key().get(place)) + " AS k FROM "
                        + relation.rowsOf() + tableSample(relation, percent) + " WHERE " + relation.where("true"))
                .collect(joining(" UNION ALL "));
        // In the order of the type, and not in that of the text.
        String sql =
                "SELECT k::text AS bound FROM (SELECT k, row_number() OVER (ORDER BY k) AS n, count(*) OVER () AS c FROM ("
                        + samples + ") AS s) AS r WHERE n % greatest(c / " + wanted + ", 1) = 0 GROUP BY k ORDER BY k";
        List<String> bounds = source.inTransaction("sampling table " + table.name(), connection -> {
            List<String> found = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                while (row.next()) {
                    found.add(row.getString(1));
                }
            }
            return found;
        });
        return new Pieces.ByKey(place, type(table, place), bounds);
    }

    private static String tableSample(Relation relation, double percent) {
        return percent >= 100 || relation.cut() == Relation.Cut.NOT
                ? ""
                : " TABLESAMPLE SYSTEM (" + String.format(Locale.ROOT, "%.6f", percent) + ")";
    }
}
