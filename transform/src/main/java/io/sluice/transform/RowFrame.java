package io.sluice.transform;

import dev.cel.common.values.NullValue;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelVariableResolver;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an expression is asked about: one row at a time, and the change that brought it. Not thread-safe. */
public final class RowFrame {

    private final Map<String, ColumnType> types;
    private final String table;
    private Operation operation = Operation.LOAD;
    private Image row = Image.NONE;
    private @Nullable Image before;
    private @Nullable Instant commitTime;

    /** What has happened to the row. */
    public enum Operation {
        /** It was there when the table was copied. */
        LOAD,
        INSERT,
        UPDATE,
        DELETE
    }

    /** The values of a row, each in PostgreSQL's text form. */
    public interface Image {

        /** No column at all. */
        Image NONE = new Image() {
            @Override
            public boolean holds(String column) {
                return false;
            }

            @Override
            public @Nullable String text(String column) {
                throw new IllegalArgumentException("row: carries no column " + column);
            }
        };

        boolean holds(String column);

        /** @throws IllegalArgumentException when it does not hold the column */
        @Nullable
        String text(String column);
    }

    /**
     * @param table as expressions see it
     * @param types of the columns, without length or precision; a column that is not among them is text
     */
    public RowFrame(String table, Map<String, String> types) {
        this.table = table;
        this.types = types.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> ColumnType.of(entry.getValue())));
    }

    /** A row that the copy has read. */
    public void load(Image loaded) {
        set(Operation.LOAD, loaded, null, null);
    }

    /** @param old the row before; null when nothing is known of it */
    public void set(Operation op, Image image, @Nullable Image old, @Nullable Instant committed) {
        this.operation = op;
        this.row = image;
        this.before = old;
        this.commitTime = committed;
    }

    boolean holds(String column) {
        return row.holds(column);
    }

    /** A column of the row as PostgreSQL wrote it. */
    @Nullable
    String text(String column) {
        return row.text(column);
    }

    boolean holds(Reference reference) {
        // Without an old row its columns are null.
        return reference.before() ? before == null || before.holds(reference.column()) : row.holds(reference.column());
    }

    Object run(Formula formula) throws CelEvaluationException {
        CelVariableResolver resolver = name -> Optional.of(resolve(formula, name));
        return formula.program().eval(resolver);
    }

    private Object resolve(Formula formula, String name) {
        Reference reference = formula.references().get(name);
        if (reference != null) {
            return value(reference);
        }
        return switch (name) {
            case Expressions.TABLE -> table;
            case Expressions.OP -> operation.name();
            case Expressions.COMMIT_TIME -> commitTime == null ? NullValue.NULL_VALUE : commitTime;
            case Expressions.BEFORE -> before == null ? NullValue.NULL_VALUE : Map.of();
            default -> throw new IllegalArgumentException("variable: " + name);
        };
    }

    private Object value(Reference reference) {
        Image image = reference.before() ? before : row;
        String text = image == null ? null : image.text(reference.column());
        if (text == null) {
            return NullValue.NULL_VALUE;
        }
        ColumnType type = types.getOrDefault(reference.column(), ColumnType.TEXT);
        try {
            return type.read(text);
        } catch (RuntimeException e) {
            throw new UnfitValueException("the value of column " + reference.column() + " is no "
                    + type.name().toLowerCase(Locale.ROOT) + " that CEL knows");
        }
    }
}
