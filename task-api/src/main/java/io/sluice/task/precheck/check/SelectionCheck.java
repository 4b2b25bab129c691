package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which tables of the source a task's patterns choose; nothing chosen is an error. */
final class SelectionCheck {

    static final About ABOUT = About.source("selection", Group.OBJECTS);

    private SelectionCheck() {}

    static SortedMap<TableName, TableDefinition> find(Subject subject, Findings findings) {
        TaskSpec spec = subject.spec();
        Catalog catalog = new Catalog(subject.source().connection());
        List<TableName> present = catalog.listTables();
        for (int i = 0; i < spec.include().size(); i++) {
            TablePattern pattern = spec.include().get(i);
            if (pattern.exact() && present.stream().noneMatch(pattern::matches)) {
                String name = pattern.schema() + "." + pattern.table();
                findings.fail(
                        "objects.include[" + i + "]",
                        ErrorCode.NOTHING_SELECTED,
                        "The source has no table " + name
                                + ". Names are case-sensitive; views go with the tables that they read, when structure.kinds has them.",
                        "",
                        List.of(name));
            }
        }
        SortedMap<TableName, TableDefinition> chosen = new TreeMap<>(catalog.findTables(
                present.stream().filter(name -> spec.chooses(name)).toList()));
        chosen.values().removeIf(table -> table.kind() == Kind.FOREIGN);
        withoutCovered(subject.source().connection(), chosen);
        if (chosen.isEmpty() && findings.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.NOTHING_SELECTED,
                    "No table of the source matches. Names are case-sensitive; * stands for any characters, ? for"
                            + " one. The source has "
                            + (present.isEmpty() ? "no tables." : Findings.list(present) + "."),
                    "");
        }
        findings.remark(chosen.size() + " tables are chosen.");
        return chosen;
    }

    /** What the patterns choose and is left out. */
    static List<TableName> foreign(Subject subject) throws SQLException {
        String sql = """
                SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'f' ORDER BY 1, 2""";
        List<TableName> foreign = new ArrayList<>();
        try (PreparedStatement statement = subject.source().connection().prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                TableName name = new TableName(row.getString(1), row.getString(2));
                if (subject.spec().chooses(name)) {
                    foreign.add(name);
                }
            }
        }
        return foreign;
    }

    /** A chosen partitioned table stands for all of its partitions; these are no tables of the task. */
    private static void withoutCovered(Connection source, SortedMap<TableName, TableDefinition> chosen) {
        String sql = """
                WITH RECURSIVE part AS (
                    SELECT i.inhrelid AS oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
                    WHERE c.relkind = 'p' AND i.inhparent = ANY (?::bigint[]::oid[])
                  UNION
                    SELECT i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid)
                SELECT oid::bigint FROM part""";
        Object[] oids = chosen.values().stream()
                .filter(table -> table.kind() == Kind.PARTITIONED)
                .map(TableDefinition::oid)
                .toArray();
        if (oids.length == 0) {
            return;
        }
        Set<Long> covered = new HashSet<>();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setArray(1, source.createArrayOf("int8", oids));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    covered.add(row.getLong(1));
                }
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "looking for the partitions of chosen tables");
        }
        chosen.values().removeIf(table -> covered.contains(table.oid()));
    }
}
