package io.sluice.postgres.catalog;

import java.sql.Connection;
import java.sql.SQLException;

/** The catalog of sequences, which PostgreSQL has since 10. Before, each sequence holds its definition itself. */
public final class SequenceCatalog {

    private static final int SINCE = 10;

    /** Asking for one that may not be read would be an error, and so would be one of another session. */
    private static final String BEFORE = """
            (SELECT c.oid AS seqrelid, 'int8'::regtype::oid AS seqtypid, p.start_value AS seqstart,
                 p.increment AS seqincrement, p.minimum_value AS seqmin, p.maximum_value AS seqmax, 1 AS seqcache,
                 p.cycle_option AS seqcycle
             FROM (SELECT oid FROM pg_class
                   WHERE CASE WHEN relkind = 'S' AND relpersistence <> 't'
                       THEN has_sequence_privilege(oid, 'USAGE, SELECT, UPDATE') END
                   OFFSET 0) AS c,
                 pg_sequence_parameters(c.oid) AS p)""";

    private SequenceCatalog() {}

    /**
     * What to put after FROM: it has the columns of {@code pg_sequence}. Before PostgreSQL 10 those sequences are missing
     * that the session may not read, and how many values each keeps in store is not told.
     */
    public static String relation(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseMajorVersion() < SINCE ? BEFORE : "pg_sequence";
    }
}
