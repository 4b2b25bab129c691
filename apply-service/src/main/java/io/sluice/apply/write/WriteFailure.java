package io.sluice.apply.write;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Which errors of a target are about the rows that were written, and not about the target. */
final class WriteFailure {

    private WriteFailure() {}

    /**
     * Classes of SQLSTATEs: 21 cardinality violation (two keys of a batch that the target takes for one), 22 data exception,
     * 23 integrity constraint violation, 44 WITH CHECK OPTION violation, 54 program limit exceeded (a value too large for an
     * index), P0 raised by a trigger's function.
     */
    private static final Set<String> OF_ROWS = Set.of("21", "22", "23", "44", "54", "P0");

    /** The others of the server ("PostgreSQL Error Codes", appendix A of the manual). */
    private static final Set<String> OF_THE_SERVER = Set.of(
            "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "24", "25", "26", "27",
            "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "53", "55", "57", "58", "72", "F0",
            "HV", "XX");

    /**
     * What is said of a value that names an object which the target does not have, or has more than one of
     * ({@code regclass} and the like). It is said of the objects in a statement, too.
     */
    private static final Set<String> OF_NAMES = Set.of("42P01", "42602", "42704", "42725", "42883", "3F000");

    /** Feature not supported, object not in prerequisite state, data corrupted, index corrupted. */
    private static final Set<String> OF_A_TABLE = Set.of("0A000", "55000", "XX001", "XX002");

    private static final Set<String> MAY_BE_BACK = Set.of("42P01", "42703");

    /** One that is not the server's own was made up by a trigger's function, to raise an error with. */
    static boolean isOfTheRows(SQLException error) {
        String state = error.getSQLState();
        if (state == null || state.length() != 5) {
            return false;
        }
        String group = state.substring(0, 2);
        return OF_ROWS.contains(group)
                || !OF_THE_SERVER.contains(group)
                || OF_NAMES.contains(state) && !isOfTheStatement(error);
    }

    /**
     * The account may not write to the table, its key is gone, a publication of the target wants an identity of it, the
     * target cannot do that to it, it is corrupted, and the like. Whether the table or a column is there is looked
     * at again by whoever reads the tables next.
     */
    static boolean isOfTheTable(SQLException error) {
        String state = String.valueOf(error.getSQLState());
        return (state.startsWith("42") || OF_A_TABLE.contains(state))
                && !MAY_BE_BACK.contains(state)
                && !isOfTheRows(error);
    }

    /** Then the server says where in it; but for a COPY, which single changes do not use. */
    private static boolean isOfTheStatement(SQLException error) {
        ServerErrorMessage server = error instanceof PSQLException e ? e.getServerErrorMessage() : null;
        return server == null || server.getPosition() > 0 || server.getInternalQuery() != null;
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
