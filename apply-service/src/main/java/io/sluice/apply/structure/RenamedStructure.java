package io.sluice.apply.structure;

import io.sluice.apply.structure.SqlTokens.Token;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is kept of the structure when a table gets another name: statements that are still to be made speak of the new one. Stateless. */
public final class RenamedStructure {

    private final String taskId;

    public RenamedStructure(String taskId) {
        this.taskId = taskId;
    }

    /**
     * After the target's table was renamed.
     *
     * @param on the target's table as it was called
     * @param as and is called from here on
     */
    public void note(Connection target, TableName from, TableName to, TableName on, TableName as) throws SQLException {
        Set<String> sequences = from.schema().equals(to.schema()) ? Set.of() : sequences(target, as);
        change(target, entry -> {
            String ddl = statement(entry.ddl(), on, as);
            String old = from.toString();
            // As in "fk on app.line", "GENERATED ALWAYS of app.line".
            if (entry.name().equals(old) || entry.name().endsWith(" " + old)) {
                String name = entry.name().substring(0, entry.name().length() - old.length()) + to;
                return new Changed(name, to.schema(), entry.table() == null ? null : to, ddl);
            }
            String sequence = entry.kind().equals(ObjectKind.SEQUENCE.name()) ? inSchema(entry, from.schema()) : null;
            if (sequence != null && sequences.contains(sequence)) {
                return new Changed(to.schema() + "." + sequence, to.schema(), entry.table(), ddl);
            }
            return ddl.equals(entry.ddl()) ? null : new Changed(entry.name(), null, null, ddl);
        });
    }

    /** After the target's schema was renamed, with all that is in it: the tables are noted by themselves. */
    public void note(Connection target, String from, String to, String on, String as) throws SQLException {
        change(target, entry -> {
            String ddl = statement(entry.ddl(), on, as);
            String rest = inSchema(entry, from);
            if (rest != null) {
                TableName table = entry.table();
                boolean moved = table != null && table.schema().equals(from);
                return new Changed(to + "." + rest, to, moved ? new TableName(to, table.table()) : table, ddl);
            }
            return ddl.equals(entry.ddl()) ? null : new Changed(entry.name(), null, null, ddl);
        });
    }

    /** @param schema of the object at the source; null when it is called as before */
    private record Changed(
            String name, @Nullable String schema, @Nullable TableName table, String ddl) {}

    private void change(Connection target, Function<Entry, @Nullable Changed> change) throws SQLException {
        try (PreparedStatement update = target.prepareStatement(
                "UPDATE _sluice.structure_object SET object = ?, name = ?, ddl = ? WHERE task_id = ? AND object = ?")) {
            for (Entry entry : new StructureLog(taskId).read(target)) {
                Changed changed = change.apply(entry);
                if (changed != null) {
                    update.setString(
                            1,
                            changed.schema() == null
                                    ? entry.id()
                                    : SourceObject.id(
                                            ObjectKind.valueOf(entry.kind()),
                                            changed.name(),
                                            changed.schema(),
                                            changed.table()));
                    update.setString(2, changed.name());
                    update.setString(3, changed.ddl());
                    update.setString(4, taskId);
                    update.setString(5, entry.id());
                    update.addBatch();
                }
            }
            update.executeBatch();
        }
    }

    /** What follows the schema in the name of an object; null when it is of another one. */
    private static @Nullable String inSchema(Entry entry, String schema) {
        return entry.name().startsWith(schema + ".") ? entry.name().substring(schema.length() + 1) : null;
    }

    /** Those that belong to columns of the table go with it to another schema. */
    private static Set<String> sequences(Connection target, TableName table) throws SQLException {
        Set<String> names = new HashSet<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT s.relname FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_depend d ON d.refobjid = c.oid AND d.refclassid = 'pg_class'::regclass
                    AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                WHERE n.nspname = ? AND c.relname = ?""")) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
        }
        return names;
    }

    private static String statement(String sql, String on, String as) {
        List<Token> tokens = SqlTokens.of(sql);
        StringBuilder text = new StringBuilder(sql.length());
        for (int i = 0; i < tokens.size(); i++) {
            boolean schema = tokens.get(i).name()
                    && tokens.get(i).value().equals(on)
                    && i + 1 < tokens.size()
                    && tokens.get(i + 1).is(".")
                    && (i == 0 || !tokens.get(i - 1).is("."));
            text.append(schema ? Identifier.quote(as) : tokens.get(i).text());
        }
        return text.toString();
    }

    /** The same statement about a table that is called differently; what a text within it says stays. */
    static String statement(String sql, TableName on, TableName as) {
        List<Token> tokens = SqlTokens.of(sql);
        StringBuilder text = new StringBuilder(sql.length());
        for (int i = 0; i < tokens.size(); i++) {
            if (isTable(tokens, i, on)) {
                text.append(Identifier.quote(as));
                i += 2;
            } else {
                text.append(tokens.get(i).text());
            }
        }
        return text.toString();
    }

    private static boolean isTable(List<Token> tokens, int i, TableName table) {
        return i + 2 < tokens.size()
                && tokens.get(i).name()
                && tokens.get(i).value().equals(table.schema())
                && tokens.get(i + 1).is(".")
                && tokens.get(i + 2).name()
                && tokens.get(i + 2).value().equals(table.table())
                && (i == 0 || !tokens.get(i - 1).is("."));
    }
}
