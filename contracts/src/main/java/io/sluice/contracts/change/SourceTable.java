package io.sluice.contracts.change;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a table of the source looks like, as a {@link ChangeRecord.Ddl} says it.
 *
 * @param indexes those that do not belong to a constraint
 * @param file changes when the source writes the table anew; null when it has none of its own, as a partitioned one
 */
public record SourceTable(
        String schema,
        String name,
        List<Column> columns,
        List<Constraint> constraints,
        List<Index> indexes,
        @Nullable Long file) {

    public SourceTable {
        columns = List.copyOf(columns);
        constraints = List.copyOf(Objects.requireNonNullElse(constraints, List.of()));
        indexes = List.copyOf(Objects.requireNonNullElse(indexes, List.of()));
    }

    /** Schema and name. */
    public TableName tableName() {
        return new TableName(schema, name);
    }

    SourceTable named(TableName other) {
        return new SourceTable(other.schema(), other.table(), columns, constraints, indexes, file);
    }

    /**
     * The same where types and functions are called differently; what foreign keys refer to stays.
     *
     * @param text of a type or an expression
     */
    public SourceTable withTypes(UnaryOperator<String> text) {
        return new SourceTable(
                schema,
                name,
                columns.stream().map(column -> column.withTypes(text)).toList(),
                constraints.stream()
                        .map(each -> each.type().equals("f")
                                ? each
                                : new Constraint(each.name(), each.type(), text.apply(each.definition())))
                        .toList(),
                indexes.stream()
                        .map(index -> new Index(index.name(), text.apply(index.definition())))
                        .toList(),
                file);
    }

    /** As far as rows are concerned. */
    boolean sameColumns(SourceTable other) {
        return columns.size() == other.columns.size()
                && IntStream.range(0, columns.size())
                        .allMatch(i -> columns.get(i).isLike(other.columns.get(i)));
    }

    /** The columns that have other names in the later look of the table, by the names that they have here. */
    public Map<String, String> renamedTo(SourceTable later) {
        Map<Integer, String> names = later.columns.stream().collect(Collectors.toMap(Column::number, Column::name));
        return columns.stream()
                .filter(column -> !column.name().equals(names.getOrDefault(column.number(), column.name())))
                .collect(Collectors.toMap(Column::name, column -> names.getOrDefault(column.number(), column.name())));
    }

    /**
     * @param number stays when the column gets another name, and is never given to another column of the table
     * @param type as {@code format_type} writes it, qualified where it is not built in
     * @param defaultExpression null when there is none, and for generated columns
     * @param identity {@code a} always, {@code d} by default, empty when it is none
     * @param generated the expression of a generated column; null for others
     * @param collation qualified and quoted; null for the default of the type
     * @param missing the value of rows that are older than the column, in text form; null when there is none, or when each
     *     row was given its own
     * @param typeDefault the default of the column's type (a domain), where the column has none of its own; null when there
     *     is none
     */
    public record Column(
            int number,
            String name,
            String type,
            boolean notNull,
            @JsonProperty("default") @Nullable String defaultExpression,
            String identity,
            @Nullable String generated,
            @Nullable String collation,
            @Nullable String missing,
            @Nullable String typeDefault) {

        public Column(
                int number,
                String name,
                String type,
                boolean notNull,
                @Nullable String defaultExpression,
                String identity,
                @Nullable String generated,
                @Nullable String collation,
                @Nullable String missing) {
            this(number, name, type, notNull, defaultExpression, identity, generated, collation, missing, null);
        }

        private Column withTypes(UnaryOperator<String> text) {
            return new Column(
                    number,
                    name,
                    text.apply(type),
                    notNull,
                    defaultExpression == null ? null : text.apply(defaultExpression),
                    identity,
                    generated == null ? null : text.apply(generated),
                    collation == null ? null : text.apply(collation),
                    missing,
                    typeDefault == null ? null : text.apply(typeDefault));
        }

        private boolean isLike(Column other) {
            return number == other.number
                    && name.equals(other.name)
                    && type.equals(other.type)
                    && notNull == other.notNull
                    && identity.equals(other.identity)
                    && (generated == null) == (other.generated == null);
        }
    }

    /** @param type {@code p} primary key, {@code u} unique, {@code c} check, {@code f} foreign key, {@code x} exclusion */
    public record Constraint(String name, String type, String definition) {}

    /** @param definition the statement that makes it */
    public record Index(String name, String definition) {}
}
