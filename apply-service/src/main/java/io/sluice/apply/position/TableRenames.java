package io.sluice.apply.position;

import io.sluice.apply.position.NotesTables.NotesTable;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The table {@code _sluice.table_rename} of the target: names that the source has given to tables of the task while changes
 * were applied. Every other note of a table has its newest name. Every method runs in the transaction of the connection it is
 * given. Stateless.
 */
public final class TableRenames {

    private final String taskId;

    public TableRenames(String taskId) {
        this.taskId = taskId;
    }

    /**
     * One renaming.
     *
     * @param number as in {@link io.sluice.contracts.change.SourceObject#rename}
     * @param topicOffset of the record that tells of it: older ones have the old name
     */
    public record Renaming(long number, long topicOffset, TableName from, TableName to) {

        public Fact.Renaming fact() {
            return new Fact.Renaming(number, from, to);
        }
    }

    /** All of them, in their order. */
    public List<Renaming> read(Connection target) throws SQLException {
        List<Renaming> renamings = new ArrayList<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT number, topic_offset, schema_name, table_name, new_schema, new_table FROM _sluice.table_rename
                WHERE task_id = ? ORDER BY number""")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    renamings.add(new Renaming(
                            row.getLong(1),
                            row.getLong(2),
                            new TableName(row.getString(3), row.getString(4)),
                            new TableName(row.getString(5), row.getString(6))));
                }
            }
        }
        return renamings;
    }

    /**
     * What stands for a table, whatever its name is by now: no other table has it, before or after.
     *
     * @param renamings in their order
     */
    public static TableName lasting(List<Renaming> renamings, TableName table) {
        TableName name = table;
        for (Renaming renaming : renamings.reversed()) {
            if (renaming.to().equals(name)) {
                name = renaming.from();
            } else if (renaming.from().equals(name)) {
                // Another one had the name until then.
                return new TableName(name.schema(), name.table() + "\n" + renaming.number());
            }
        }
        return name;
    }

    /**
     * From here on whatever is noted of the table is noted under its new name.
     *
     * @param on the table of the target that it fills, as it was called before
     * @param as what that is called from here on
     */
    public void note(Connection target, Renaming renaming, TableName on, TableName as) throws SQLException {
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.table_rename
                    (task_id, number, topic_offset, schema_name, table_name, new_schema, new_table)
                VALUES (?, ?, ?, ?, ?, ?, ?)""")) {
            insert.setString(1, taskId);
            insert.setLong(2, renaming.number());
            insert.setLong(3, renaming.topicOffset());
            insert.setString(4, renaming.from().schema());
            insert.setString(5, renaming.from().table());
            insert.setString(6, renaming.to().schema());
            insert.setString(7, renaming.to().table());
            insert.executeUpdate();
        }
        for (NotesTable notes : NotesTables.ALL) {
            if (NotesTables.BY_TARGET.contains(notes.name())) {
                rename(target, notes, on, as);
            } else if (notes.ofTables() && !notes.name().equals(NotesTables.TABLE_RENAME)) {
                rename(target, notes, renaming.from(), renaming.to());
            }
        }
    }

    /**
     * The places that they tell of are in a topic that is gone.
     *
     * @param known up to which the task has the names; the others still have to be told
     */
    void beginAnew(Connection target, long known) throws SQLException {
        for (String sql : List.of(
                "DELETE FROM _sluice.table_rename WHERE task_id = ? AND number <= ?",
                "UPDATE _sluice.table_rename SET topic_offset = -1 WHERE task_id = ? AND number > ?")) {
            try (PreparedStatement statement = target.prepareStatement(sql)) {
                statement.setString(1, taskId);
                statement.setLong(2, known);
                statement.executeUpdate();
            }
        }
    }

    private void rename(Connection target, NotesTable notes, TableName from, TableName to) throws SQLException {
        if (from.equals(to)) {
            return;
        }
        if (notes.key().contains("table_name") || notes.name().equals("structure_object")) {
            // Of a table that had the name, and left the task.
            try (PreparedStatement delete = target.prepareStatement("DELETE FROM _sluice." + notes.name()
                    + " WHERE task_id = ? AND schema_name = ? AND table_name = ?")) {
                set(delete, 1, to);
                delete.executeUpdate();
            }
        }
        try (PreparedStatement update = target.prepareStatement("UPDATE _sluice." + notes.name()
                + " SET schema_name = ?, table_name = ? WHERE task_id = ? AND schema_name = ? AND table_name = ?")) {
            update.setString(1, to.schema());
            update.setString(2, to.table());
            set(update, 3, from);
            update.executeUpdate();
        }
    }

    private void set(PreparedStatement statement, int index, TableName table) throws SQLException {
        statement.setString(index, taskId);
        statement.setString(index + 1, table.schema());
        statement.setString(index + 2, table.table());
    }
}
