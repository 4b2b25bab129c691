package io.sluice.apply.load;

import io.sluice.apply.structure.Definitions;
import io.sluice.apply.structure.Structure;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the columns of a table that the task made still hold what the source's do. The source may have changed a type
 * while the stream did not carry the table; such a command comes before the snapshot of the load, and is never carried
 * over. An assignment to another type can round values without a word.
 */
final class MadeColumns {

    private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");
    private static final Set<String> TEXTS = Set.of("text", "character varying");
    private static final Pattern LIMITED = Pattern.compile("(numeric|character varying)\\((\\d+)(?:,(-?\\d+))?\\)");

    private MadeColumns() {}

    /** @return {@code SCHEMA_CHANGED} that says what to run; null when everything fits */
    static @Nullable SluiceException differing(Structure structure, TableDefinition source, TableDefinition target) {
        if (!structure.shapes(source.name())) {
            return null;
        }
        TableMapping mapping = structure.mapping(source.name());
        RowTransform transform = RowTransform.of(mapping);
        Set<String> replaced = transform == null
                ? Set.of()
                : Set.copyOf(WrittenColumns.of(transform, source).replaced());
        Map<String, ColumnDefinition> there = new HashMap<>();
        target.columns().forEach(column -> there.put(column.name(), column));
        List<String> differences = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        for (ColumnDefinition column : source.writableColumns()) {
            if (!mapping.moves(column.name()) || replaced.contains(column.name())) {
                continue;
            }
            String name = mapping.targetColumn(column.name());
            ColumnDefinition taker = there.get(name);
            String type = structure.targetType(column.type());
            if (taker != null && !holds(Definitions.plain(taker.type()), Definitions.plain(type))) {
                differences.add(name + " is " + taker.type() + " instead of " + type);
                String quoted = Identifier.quote(name);
                changes.add("ALTER COLUMN " + quoted + " TYPE " + type + " USING " + quoted + "::" + type);
            }
        }
        if (differences.isEmpty()) {
            return null;
        }
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Table " + target.name() + " on the target does not hold the values of " + source.name()
                        + ", whose columns were changed while no changes of it were applied: "
                        + String.join("; ", differences) + ". Run there: ALTER TABLE "
                        + Identifier.quote(target.name()) + " " + String.join(", ", changes)
                        + "; then resume the task, or reload the table.");
    }

    /** Whether every value of the one type is a value of the other, unchanged. False where that is not known. */
    static boolean holds(String wide, String type) {
        if (wide.equals(type)) {
            return true;
        }
        Matcher limit = LIMITED.matcher(type);
        boolean limited = limit.matches();
        String base = limited ? limit.group(1) : type;
        if (TEXTS.contains(wide)) {
            return TEXTS.contains(base);
        }
        if (wide.equals("numeric")) {
            return base.equals("numeric") || INTEGERS.contains(base);
        }
        if (INTEGERS.contains(wide)) {
            return INTEGERS.contains(base) && INTEGERS.indexOf(base) <= INTEGERS.indexOf(wide);
        }
        Matcher wider = LIMITED.matcher(wide);
        if (!limited || !wider.matches() || !wider.group(1).equals(base)) {
            return false;
        }
        int scale = scale(limit);
        int digits = Integer.parseInt(limit.group(2)) - scale;
        return scale(wider) >= scale && Integer.parseInt(wider.group(2)) - scale(wider) >= digits;
    }

    private static int scale(Matcher type) {
        return type.group(3) == null ? 0 : Integer.parseInt(type.group(3));
    }
}
