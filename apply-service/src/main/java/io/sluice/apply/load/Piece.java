package io.sluice.apply.load;

import io.sluice.postgres.catalog.TableDefinition;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a table, by the pages of its heap. Every row of the snapshot is in exactly one piece: the first piece has no
 * lower bound and the last one no upper bound, whatever the table grew to since its pages were counted.
 *
 * @param fromPage inclusive; 0 for the first piece
 * @param toPage exclusive; {@link Long#MAX_VALUE} for the last piece
 */
record Piece(TableDefinition table, long fromPage, long toPage) {

    private static final int PAGES = 8_192;

    /**
     * @param ranges whether the source scans by ctid range without reading the whole table (PostgreSQL 14 and newer)
     */
    static List<Piece> of(TableDefinition table, boolean ranges) {
        List<Piece> pieces = new ArrayList<>();
        long from = 0;
        if (ranges) {
            while (table.pages() - from >= 2 * PAGES) {
                pieces.add(new Piece(table, from, from + PAGES));
                from += PAGES;
            }
        }
        pieces.add(new Piece(table, from, Long.MAX_VALUE));
        return pieces;
    }

    /** The condition on {@code ctid}; empty when the piece is the whole table. */
    String condition() {
        List<String> bounds = new ArrayList<>();
        if (fromPage > 0) {
            bounds.add("ctid >= '(" + fromPage + ",0)'::tid");
        }
        if (toPage < Long.MAX_VALUE) {
            bounds.add("ctid < '(" + toPage + ",0)'::tid");
        }
        return bounds.isEmpty() ? "" : " WHERE " + String.join(" AND ", bounds);
    }
}
