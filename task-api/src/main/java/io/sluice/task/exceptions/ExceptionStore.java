package io.sluice.task.exceptions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The table {@code _sluice.exception} of a target, which apply keeps: read here, and told what a user wants. */
final class ExceptionStore {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final TypeReference<LinkedHashMap<String, @Nullable String>> IMAGE = new TypeReference<>() {};

    private static final String COLUMNS = """
            number, schema_name || '.' || table_name, operation, key_columns, before, after, sql_state, message,
            commit_lsn, xid, commit_order, committed_at, state, wish, created_at, updated_at""";

    /** Bytes; the row whose images bring a page there is its last, so that any page fits into memory. */
    private static final int LONG_PAGE = 4_000_000;

    private final Connection target;
    private final String taskId;

    ExceptionStore(Connection target, String taskId) {
        this.target = target;
        this.taskId = taskId;
    }

    /** A version before this one has made a table without them. */
    private static String newer(String of) {
        String row = "CASE WHEN operation IN ('DDL', 'SUSPENSION') THEN row_to_json(" + of + ") ->> ";
        return ", " + row + "'code' END, " + row + "'statement' END";
    }

    /** Oldest first. */
    Page<ExceptionView> page(@Nullable String state, PageRequest request) throws SQLException {
        if (!exists(target, "exception")) {
            return new Page<>(List.of(), null);
        }
        try (PreparedStatement statement = target.prepareStatement("SELECT " + COLUMNS + newer("candidate") + """
                , next_number IS NOT NULL
                FROM (
                    SELECT *,
                        lead(number) OVER (ORDER BY number) AS next_number,
                        sum(coalesce(octet_length(before::text), 0) + coalesce(octet_length(after::text), 0))
                            OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_so_far
                    FROM (
                        SELECT * FROM _sluice.exception
                        WHERE task_id = ? AND number > ? AND (?::text IS NULL OR state = ?)
                        ORDER BY number LIMIT ?) AS candidate
                ) AS candidate
                WHERE coalesce(bytes_so_far, 0) < ? ORDER BY number""")) {
            statement.setString(1, taskId);
            statement.setLong(2, number(request.after()));
            statement.setString(3, state);
            statement.setString(4, state);
            statement.setInt(5, request.fetchSize());
            statement.setInt(6, LONG_PAGE);
            List<ExceptionView> found = new ArrayList<>();
            boolean more = false;
            try (ResultSet row = statement.executeQuery()) {
                while (found.size() < request.limit() && row.next()) {
                    found.add(view(row));
                    more = row.getBoolean(19);
                }
            }
            return Page.of(found, more, one -> Long.toString(one.number()));
        }
    }

    /**
     * @throws SluiceException {@code EXCEPTION_NOT_FOUND}, {@code EXCEPTION_CLOSED}
     */
    ExceptionView ask(long number, String wish) throws SQLException {
        if (exists(target, "exception")) {
            try (PreparedStatement statement = target.prepareStatement("""
                    UPDATE _sluice.exception SET wish = ?, updated_at = now()
                    WHERE task_id = ? AND number = ? AND state = 'OPEN' AND (wish IS NULL OR wish = ?)
                    RETURNING\s""" + COLUMNS + newer("exception"))) {
                statement.setString(1, wish);
                statement.setString(2, taskId);
                statement.setLong(3, number);
                statement.setString(4, wish);
                try (ResultSet row = statement.executeQuery()) {
                    if (row.next()) {
                        return view(row);
                    }
                }
            }
            String state = state(number);
            if (state != null) {
                throw new SluiceException(
                        ErrorCode.EXCEPTION_CLOSED,
                        "Exception " + number
                                + (state.equals("OPEN")
                                        ? " waits for something else that was asked for it; see requested."
                                        : " is " + state + " already."));
            }
        }
        throw new SluiceException(
                ErrorCode.EXCEPTION_NOT_FOUND,
                "The task has no exception with the number " + number + ". GET …/exceptions lists them.");
    }

    /** Whether Sluice keeps such a table there by now. */
    static boolean exists(Connection target, String table) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = '_sluice' AND c.relname = ?""")) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private @Nullable String state(long number) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT state FROM _sluice.exception WHERE task_id = ? AND number = ?")) {
            statement.setString(1, taskId);
            statement.setLong(2, number);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    private static ExceptionView view(ResultSet row) throws SQLException {
        List<String> keyColumns = List.of((String[]) row.getArray(4).getArray());
        Map<String, @Nullable String> before = image(row.getString(5));
        Map<String, @Nullable String> after = image(row.getString(6));
        return new ExceptionView(
                row.getLong(1),
                String.valueOf(row.getString(2)),
                String.valueOf(row.getString(3)),
                keyColumns,
                key(keyColumns, after == null ? before : after),
                before,
                after,
                row.getString(7),
                String.valueOf(row.getString(8)),
                new ExceptionView.Position(
                        String.valueOf(row.getString(9)),
                        row.getLong(10),
                        row.getLong(11),
                        row.getTimestamp(12).toInstant()),
                String.valueOf(row.getString(13)),
                row.getString(14),
                row.getTimestamp(15).toInstant(),
                row.getTimestamp(16).toInstant(),
                row.getString(17),
                row.getString(18));
    }

    private static @Nullable Map<String, @Nullable String> key(
            List<String> columns, @Nullable Map<String, @Nullable String> row) {
        if (columns.isEmpty() || row == null) {
            return null;
        }
        Map<String, @Nullable String> key = new LinkedHashMap<>();
        columns.forEach(column -> key.put(column, row.get(column)));
        return key;
    }

    private static @Nullable Map<String, @Nullable String> image(@Nullable String json) {
        try {
            return json == null ? null : MAPPER.readValue(json, IMAGE);
        } catch (JsonProcessingException e) {
            throw new SluiceException(ErrorCode.INTERNAL, "an exception on the target is not as apply writes it");
        }
    }

    static long number(@Nullable String cursor) {
        try {
            return cursor == null ? 0 : Long.parseLong(cursor);
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }
}
