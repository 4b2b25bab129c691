package io.sluice.apply.position;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.apply.batch.LaneLayout;
import io.sluice.apply.batch.LaneLayout.Spread;
import io.sluice.apply.batch.UnfinishedBatch;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tables {@code _sluice.lane_layout} and {@code _sluice.lane} of the target: how the changes of a task were divided
 * last, and how far each lane but the first has come. The first one writes in the transaction that moves the task's own
 * position, which ends after those of all others; so a lane is at the task's position, or one batch ahead of it. Every
 * method runs in the transaction of the connection it is given. Stateless.
 */
public final class LaneNotes {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<List<Entry>> ENTRIES = new TypeReference<>() {};

    private static final String LANES = "lane";
    private static final String LAYOUTS = "lane_layout";

    private final String taskId;

    public LaneNotes(String taskId) {
        this.taskId = taskId;
    }

    /** A table of the layout as it is stored. */
    private record Entry(String schema, String table, String targetSchema, String targetTable, List<String> key) {

        static Entry of(TableName table, Spread spread) {
            return new Entry(
                    table.schema(),
                    table.table(),
                    spread.target().schema(),
                    spread.target().table(),
                    spread.key());
        }
    }

    private static boolean exists(Connection target) throws SQLException {
        return Bookkeeping.holds(target, LANES);
    }

    /**
     * What an earlier run has left.
     *
     * @param topicOffset the task's position
     * @return null when every lane is there
     */
    public @Nullable UnfinishedBatch unfinished(Connection target, long topicOffset) throws SQLException {
        if (!exists(target)) {
            return null;
        }
        Set<Integer> ahead = new HashSet<>();
        long end = topicOffset;
        try (PreparedStatement statement = target.prepareStatement(
                "SELECT lane, next_offset FROM _sluice.lane WHERE task_id = ? AND next_offset > ?")) {
            statement.setString(1, taskId);
            statement.setLong(2, topicOffset);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ahead.add(row.getInt(1));
                    end = Math.max(end, row.getLong(2));
                }
            }
        }
        return ahead.isEmpty() ? null : new UnfinishedBatch(read(target), ahead, end);
    }

    private LaneLayout read(Connection target) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("SELECT lanes, tables FROM _sluice.lane_layout WHERE task_id = ?")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw Bookkeeping.lost();
                }
                return new LaneLayout(row.getInt(1), tables(row.getString(2)));
            }
        }
    }

    /** From now on changes are divided in this way. Only while every lane is at the task's position. */
    public void begin(Connection target, LaneLayout layout) throws SQLException {
        BookkeepingSchema.delete(target, LAYOUTS, taskId);
        BookkeepingSchema.delete(target, LANES, taskId);
        try (PreparedStatement statement =
                target.prepareStatement("INSERT INTO _sluice.lane_layout (task_id, lanes, tables) VALUES (?, ?, ?)")) {
            statement.setString(1, taskId);
            statement.setInt(2, layout.lanes());
            statement.setString(3, text(layout));
            statement.executeUpdate();
        }
        try (PreparedStatement statement = target.prepareStatement(
                "INSERT INTO _sluice.lane (task_id, lane, next_offset) SELECT ?, n, 0 FROM generate_series(1, ?) AS n")) {
            statement.setString(1, taskId);
            statement.setInt(2, layout.lanes() - 1);
            statement.executeUpdate();
        }
    }

    /** The offsets are those of a topic that is gone. */
    void forget(Connection target) throws SQLException {
        if (exists(target)) {
            BookkeepingSchema.delete(target, LANES, taskId);
            BookkeepingSchema.delete(target, LAYOUTS, taskId);
        }
    }

    /**
     * Stores where a lane is, in the transaction that brought it there.
     *
     * @param lane from 1 on
     * @throws FencedException when somebody has taken the note away
     */
    public void advance(Connection target, int lane, long nextOffset) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("UPDATE _sluice.lane SET next_offset = ? WHERE task_id = ? AND lane = ?")) {
            statement.setLong(1, nextOffset);
            statement.setString(2, taskId);
            statement.setInt(3, lane);
            if (statement.executeUpdate() == 0) {
                throw new FencedException();
            }
        }
    }

    private static String text(LaneLayout layout) {
        try {
            return MAPPER.writeValueAsString(layout.tables().entrySet().stream()
                    .map(table -> Entry.of(table.getKey(), table.getValue()))
                    .toList());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("layout: names can always be written", e);
        }
    }

    private static SortedMap<TableName, Spread> tables(String text) {
        SortedMap<TableName, Spread> tables = new TreeMap<>();
        try {
            for (Entry one : MAPPER.readValue(text, ENTRIES)) {
                tables.put(
                        new TableName(one.schema(), one.table()),
                        new Spread(new TableName(one.targetSchema(), one.targetTable()), one.key()));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("_sluice.lane_layout: not as it was written", e);
        }
        return tables;
    }
}
