package io.sluice.task.exceptions;

import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table {@code _sluice.structure_object} of a target, in which apply notes what became of each object. */
final class StructureStore {

    /** Characters; the object whose statement brings a page there is its last, so that any page fits into memory. */
    private static final int LONG_PAGE = 4_000_000;

    private final Connection target;
    private final String taskId;

    StructureStore(Connection target, String taskId) {
        this.target = target;
        this.taskId = taskId;
    }

    /** One object and where it stands among all. */
    private record Placed(long place, StructureObject object) {}

    /**
     * What failed or was left out, in the order in which it was planned.
     *
     * @param state one of these alone
     */
    Page<StructureObject> page(@Nullable String state, PageRequest request) throws SQLException {
        if (!ExceptionStore.exists(target, "structure_object")) {
            return new Page<>(List.of(), null);
        }
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT place, kind, name, state, coalesce(reason, ''), sql_state, ddl, next_place IS NOT NULL
                FROM (
                    SELECT *,
                        lead(place) OVER (ORDER BY place) AS next_place,
                        sum(length(ddl)) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                            AS length_so_far
                    FROM (
                        SELECT * FROM _sluice.structure_object
                        WHERE task_id = ? AND place > ? AND state IN ('FAILED', 'SKIPPED')
                          AND (?::text IS NULL OR state = ?)
                        ORDER BY place LIMIT ?) AS candidate
                ) AS candidate
                WHERE coalesce(length_so_far, 0) < ? ORDER BY place""")) {
            statement.setString(1, taskId);
            statement.setLong(2, ExceptionStore.number(request.after()));
            statement.setString(3, state);
            statement.setString(4, state);
            statement.setInt(5, request.fetchSize());
            statement.setInt(6, LONG_PAGE);
            List<Placed> found = new ArrayList<>();
            boolean more = false;
            try (ResultSet row = statement.executeQuery()) {
                while (found.size() < request.limit() && row.next()) {
                    found.add(placed(row));
                    more = row.getBoolean(8);
                }
            }
            return Page.of(found, more, one -> Long.toString(one.place())).map(Placed::object);
        }
    }

    private static Placed placed(ResultSet row) throws SQLException {
        return new Placed(
                row.getLong(1),
                new StructureObject(
                        String.valueOf(row.getString(2)),
                        String.valueOf(row.getString(3)),
                        String.valueOf(row.getString(4)),
                        String.valueOf(row.getString(5)),
                        row.getString(6),
                        String.valueOf(row.getString(7))));
    }
}
