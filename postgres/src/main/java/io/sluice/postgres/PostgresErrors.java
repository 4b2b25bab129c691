package io.sluice.postgres;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Says what an SQLException means, once for all services. SQLSTATEs are those of "PostgreSQL Error Codes", appendix A of
 * the manual. The message holds no row data: for errors about values only the condition and the object's names are told.
 */
public final class PostgresErrors {

    /** As in {@code COPY item, line 3, column mood: "a value"}; a server that speaks another language says it otherwise. */
    private static final Pattern COPIED =
            Pattern.compile("^COPY [^\\n]*?, line \\d+, column ([^\\n]+?)(: [\"n].*)?$", Pattern.MULTILINE);

    private PostgresErrors() {}

    /**
     * @param doing what was tried, as a phrase that can follow "while": "reading the catalog of the source"
     */
    public static SluiceException explain(SQLException error, String doing) {
        ErrorCode code = classify(error);
        return new SluiceException(code, "While " + doing + ": " + message(error, code), cause(error, code));
    }

    /** The driver's own message quotes values of rows where the error is about one. */
    private static SQLException cause(SQLException error, ErrorCode code) {
        if (code != ErrorCode.ROW_REFUSED) {
            return error;
        }
        SQLException clean = new SQLException("SQLSTATE " + error.getSQLState(), error.getSQLState());
        clean.setStackTrace(error.getStackTrace());
        return clean;
    }

    public static ErrorCode classify(SQLException error) {
        ErrorCode byCause = byCause(error);
        if (byCause != null) {
            return byCause;
        }
        String state = error.getSQLState() == null ? "" : error.getSQLState();
        String message = error.getMessage() == null ? "" : error.getMessage();
        // The driver has no SQLSTATE of its own for these, and its messages are in the JVM's language.
        if (message.equals(GT.tr("The server does not support SSL."))) {
            return ErrorCode.TLS_NOT_OFFERED;
        }
        if (message.contains("PgjdbcHostnameVerifier")) {
            return ErrorCode.HOST_NAME_MISMATCH;
        }
        if (message.equals(GT.tr("Connection attempt timed out."))) {
            return ErrorCode.CONNECTION_TIMEOUT;
        }
        if (state.equals("28000") && message.contains("client certificate")) {
            return ErrorCode.CLIENT_CERTIFICATE_REFUSED;
        }
        return bySqlState(state);
    }

    /** @param state five characters; anything unknown is {@code DATABASE_ERROR} */
    public static ErrorCode bySqlState(String state) {
        return switch (state) {
            case "28P01" -> ErrorCode.AUTHENTICATION_FAILED;
            case "28000" -> ErrorCode.ACCESS_REJECTED;
            case "3D000" -> ErrorCode.DATABASE_UNKNOWN;
            case "53300" -> ErrorCode.TOO_MANY_CONNECTIONS;
            case "57P03" -> ErrorCode.SERVER_STARTING;
            case "57P01", "57P02", "57P05", "25P03", "25P04" -> ErrorCode.CONNECTION_LOST;
            case "53100" -> ErrorCode.TARGET_FULL;
            case "25006" -> ErrorCode.TARGET_READ_ONLY;
            case "42501" -> ErrorCode.PRIVILEGE_MISSING;
            // The second is openGauss' lock_wait_timeout.
            case "55P03", "YY003" -> ErrorCode.OBJECT_LOCKED;
            default -> byClass(state);
        };
    }

    private static ErrorCode byClass(String state) {
        if (state.startsWith("08")) {
            return ErrorCode.CONNECTION_LOST;
        }
        // Class 22 is data exception, 23 integrity constraint violation.
        if (state.startsWith("22") || state.startsWith("23")) {
            return ErrorCode.ROW_REFUSED;
        }
        return ErrorCode.DATABASE_ERROR;
    }

    private static @Nullable ErrorCode byCause(SQLException error) {
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return ErrorCode.HOST_UNKNOWN;
            }
            if (cause instanceof SSLException tls) {
                return TlsErrors.classify(tls);
            }
            if (cause instanceof SocketTimeoutException || cause instanceof NoRouteToHostException) {
                return ErrorCode.CONNECTION_TIMEOUT;
            }
            if (cause instanceof ConnectException) {
                return ErrorCode.CONNECTION_REFUSED;
            }
            if (cause instanceof IOException && !(cause.getCause() instanceof IOException)) {
                return ErrorCode.CONNECTION_LOST;
            }
        }
        return null;
    }

    private static String message(SQLException error, ErrorCode code) {
        ServerErrorMessage server = error instanceof PSQLException e ? e.getServerErrorMessage() : null;
        if (server == null) {
            String text = error.getMessage();
            return text == null ? code.name() : text;
        }
        StringBuilder text = new StringBuilder();
        // Messages of these two classes quote values of rows.
        boolean aboutValues = code == ErrorCode.ROW_REFUSED;
        text.append(aboutValues ? "a value or row was refused" : server.getMessage());
        append(text, "table", server.getTable());
        append(text, "column", server.getColumn() == null ? copiedColumn(server.getWhere()) : server.getColumn());
        append(text, "constraint", server.getConstraint());
        append(text, "SQLSTATE", server.getSQLState());
        return text.toString();
    }

    /** The column at which a COPY has failed; what the server says after it is the value. */
    private static @Nullable String copiedColumn(@Nullable String where) {
        if (where == null) {
            return null;
        }
        Matcher matcher = COPIED.matcher(where);
        return matcher.find() ? matcher.group(1) : null;
    }

    private static void append(StringBuilder text, String what, @Nullable String name) {
        if (name != null) {
            text.append(", ").append(what).append(' ').append(name);
        }
    }
}
