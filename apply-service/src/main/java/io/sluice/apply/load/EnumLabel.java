package io.sluice.apply.load;

import io.sluice.apply.structure.Structure;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A label of an enumeration. Rows hold its number, and are read with the label that it has at that moment, whatever their
 * snapshot.
 *
 * @param oid of the label, which it keeps when it is renamed
 * @param type as {@code format_type} writes it
 */
record EnumLabel(long oid, String type, String label) {

    /** Types that come with PostgreSQL have smaller ones, and no enumerations are among them. */
    private static final int FIRST_OWN_OID = 16_384;

    /**
     * The labels that values of relations can have, also within arrays, domains, ranges and composite types; of each type in
     * its order.
     *
     * @return by the relation's oid; those without are left out
     */
    static Map<Long, List<EnumLabel>> read(Connection connection, Collection<Long> relations) throws SQLException {
        String sql = """
                WITH RECURSIVE used AS (
                    SELECT a.attrelid AS relation, a.atttypid AS type
                    FROM pg_attribute a
                    WHERE a.attrelid = ANY (?::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= %1$d
                  UNION
                    SELECT u.relation,
                        coalesce(nullif(t.typelem, 0), nullif(t.typbasetype, 0), r.rngsubtype, a.atttypid)
                    FROM used u
                    JOIN pg_type t ON t.oid = u.type
                    LEFT JOIN pg_range r ON r.rngtypid = t.oid
                    LEFT JOIN pg_attribute a
                        ON a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
                    WHERE u.type >= %1$d)
                SELECT u.relation::bigint, e.oid::bigint, format_type(e.enumtypid, NULL), e.enumlabel
                FROM used u JOIN pg_enum e ON e.enumtypid = u.type
                ORDER BY u.relation, e.enumtypid, e.enumsortorder
                """.formatted(FIRST_OWN_OID);
        Map<Long, List<EnumLabel>> labels = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("int8", relations.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    labels.computeIfAbsent(row.getLong(1), relation -> new ArrayList<>())
                            .add(new EnumLabel(row.getLong(2), row.getString(3), row.getString(4)));
                }
            }
        }
        return labels;
    }

    /**
     * Labels that a table of the target lacks, whose types the task has made.
     *
     * @return {@code SCHEMA_CHANGED} that says what to run; null when it has all
     */
    static @Nullable SluiceException missing(
            Structure structure, TableName table, List<EnumLabel> source, List<EnumLabel> target) {
        if (source.isEmpty() || !structure.shapes(table)) {
            return null;
        }
        Map<String, List<String>> there = byType(target);
        List<String> commands = new ArrayList<>();
        byType(source).forEach((type, labels) -> {
            String name = structure.targetType(type);
            commands.addAll(commands(name, labels, there.getOrDefault(name, labels)));
        });
        if (commands.isEmpty()) {
            return null;
        }
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Rows of table " + table + " can have labels that an enumeration of the target does not know: they were"
                        + " renamed or added at the source. Run on the target: " + String.join("; ", commands)
                        + "; then resume the task, or reload the table.");
    }

    private static Map<String, List<String>> byType(List<EnumLabel> labels) {
        return labels.stream()
                .collect(Collectors.groupingBy(
                        EnumLabel::type,
                        LinkedHashMap::new,
                        Collectors.mapping(EnumLabel::label, Collectors.toList())));
    }

    /** A label that is renamed keeps its place, and none can be dropped. */
    private static List<String> commands(String type, List<String> wanted, List<String> known) {
        List<String> commands = new ArrayList<>();
        for (int place = 0; place < wanted.size(); place++) {
            String label = wanted.get(place);
            if (known.contains(label)) {
                continue;
            }
            boolean renamed = known.size() == wanted.size() && !wanted.contains(known.get(place));
            String command = renamed
                    ? " RENAME VALUE " + Identifier.literal(known.get(place)) + " TO " + Identifier.literal(label)
                    : " ADD VALUE " + Identifier.literal(label)
                            + (place == 0 ? "" : " AFTER " + Identifier.literal(wanted.get(place - 1)));
            commands.add("ALTER TYPE " + type + command);
        }
        return commands;
    }
}
