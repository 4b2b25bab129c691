package io.sluice.apply.structure;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableChoice.Distribution.Kind;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.TableArrays;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the tables of a task are distributed: as the user has decided; where nobody has, as they are on the target, if its
 * catalog tells, else as it is proposed.
 *
 * @param wanted by the name at the source, with the source's columns
 * @param differing tables of the target that are not distributed as the user has decided
 */
public record Distributions(Map<TableName, Distribution> wanted, List<Differing> differing) {

    /** Of a target whose tables are on one node. */
    private static final Distributions NONE = new Distributions(Map.of(), List.of());

    public Distributions {
        wanted = Map.copyOf(wanted);
        differing = List.copyOf(differing);
    }

    /**
     * With the target's names.
     *
     * @param wanted as in {@code HASH (id)}
     */
    public record Differing(TableName table, String wanted, String found) {}

    /** @param kind as the user may choose it, or another one that the target knows */
    private record Found(String kind, List<String> columns) {

        Found {
            columns = List.copyOf(columns);
        }

        Found(Distribution distribution) {
            this(distribution.kind().name(), distribution.columns());
        }

        @Nullable
        Distribution choice() {
            return Arrays.stream(Kind.values())
                    .filter(one -> one.name().equals(kind))
                    .findFirst()
                    .map(one -> new Distribution(one, columns))
                    .orElse(null);
        }

        String text() {
            return columns.isEmpty() ? kind : Definitions.plain(kind + " (" + Identifier.list(columns) + ")");
        }
    }

    /** Reads what the target's catalog tells, and at the source what nobody has decided. */
    public static Distributions read(
            DatabaseSession source,
            DatabaseSession target,
            TaskSpec spec,
            Collection<TableName> tables,
            TargetDialect dialect) {
        if (!dialect.distributes()) {
            return NONE;
        }
        Map<TableName, TableMapping> mappings = TableMapping.all(spec, tables);
        String sql = dialect.distributions();
        Map<TableName, Found> found = sql == null
                ? Map.of()
                : target.inTransaction(
                        "reading distributions", connection -> found(connection, sql, mappings.values()));
        return source.inTransaction("reading distributions", connection -> {
            Map<TableName, TableDefinition> definitions = new TreeMap<>(new Catalog(connection).findTables(tables));
            Map<TableName, Distribution> wanted = new HashMap<>(DialectRules.proposals(connection, definitions));
            definitions.forEach((name, definition) -> {
                TableMapping mapping = mappings.get(name);
                Found there = mapping == null ? null : found.get(mapping.target());
                Distribution choice = there == null ? null : there.choice();
                if (mapping != null && mapping.distribution() != null) {
                    wanted.put(name, mapping.distribution());
                } else if (mapping != null && choice != null) {
                    wanted.put(name, atSource(choice, mapping, definition));
                }
            });
            return new Distributions(wanted, differing(mappings.values(), found));
        });
    }

    /** Of tables that go into the same one the first counts: it is made from that. */
    private static List<Differing> differing(Collection<TableMapping> mappings, Map<TableName, Found> found) {
        Map<TableName, Found> left = new HashMap<>(found);
        List<Differing> differing = new ArrayList<>();
        for (TableMapping mapping : mappings) {
            Found there = left.remove(mapping.target());
            Distribution chosen = mapping.distribution();
            if (there != null && chosen != null) {
                Found wanted = new Found(onTarget(chosen, mapping));
                if (!wanted.equals(there)) {
                    differing.add(new Differing(mapping.target(), wanted.text(), there.text()));
                }
            }
        }
        return differing;
    }

    private static Map<TableName, Found> found(Connection target, String sql, Collection<TableMapping> mappings)
            throws SQLException {
        Map<TableName, Found> found = new HashMap<>();
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            TableArrays.set(
                    statement, 1, mappings.stream().map(TableMapping::target).toList());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String column = row.getString(4);
                    found.put(
                            new TableName(row.getString(1), row.getString(2)),
                            new Found(row.getString(3), column == null ? List.of() : List.of(column)));
                }
            }
        }
        return found;
    }

    /** A column that only the target has keeps its name. */
    private static Distribution atSource(Distribution there, TableMapping mapping, TableDefinition definition) {
        Map<String, String> names = new HashMap<>();
        definition.columns().stream()
                .filter(column -> mapping.moves(column.name()))
                .forEach(column -> names.put(mapping.targetColumn(column.name()), column.name()));
        return new Distribution(
                there.kind(),
                there.columns().stream()
                        .map(column -> names.getOrDefault(column, column))
                        .toList());
    }

    /** By the names of the target; of tables that go into the same one the first counts. */
    Map<TableName, Distribution> onTarget(Collection<TableMapping> mappings) {
        Map<TableName, Distribution> there = new HashMap<>();
        for (TableMapping mapping : mappings) {
            Distribution distribution = wanted.get(mapping.source());
            if (distribution != null) {
                there.putIfAbsent(mapping.target(), onTarget(distribution, mapping));
            }
        }
        return there;
    }

    private static Distribution onTarget(Distribution distribution, TableMapping mapping) {
        return new Distribution(
                distribution.kind(),
                distribution.columns().stream().map(mapping::targetColumn).toList());
    }
}
