package io.sluice.apply.write;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Which errors of a target are about the rows that were written, and not about the target. */
final class WriteFailure {

    private WriteFailure() {}

    /**
     * Classes of SQLSTATEs: 22 data exception, 23 integrity constraint violation, 44 WITH CHECK OPTION violation, 54
     * program limit exceeded (a value too large for an index), P0 raised by a trigger's function.
     */
    static boolean isOfTheRows(SQLException error) {
        String state = error.getSQLState();
        return state != null
                && (state.startsWith("22")
                        || state.startsWith("23")
                        || state.startsWith("44")
                        || state.startsWith("54")
                        || state.startsWith("P0"));
    }

    /** The server's own words, which quote values: for the exceptions beside the data, never for a log. */
    static String words(SQLException error) {
        ServerErrorMessage server = error instanceof PSQLException e ? e.getServerErrorMessage() : null;
        if (server == null) {
            return String.valueOf(error.getMessage());
        }
        return String.valueOf(server.getMessage())
                + part(". ", server.getDetail())
                + part("; constraint ", server.getConstraint())
                + part("; column ", server.getColumn());
    }

    private static String part(String before, @Nullable String text) {
        return text == null ? "" : before + text;
    }
}
