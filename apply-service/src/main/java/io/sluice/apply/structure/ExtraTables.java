package io.sluice.apply.structure;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.Definitions.Definition;
import io.sluice.apply.structure.Definitions.Question;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.dialect.ObjectKind;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tables that only the target has, in the schemas that the task fills: those that a pattern of the task would have chosen,
 * had the source a table that goes there. Others are nobody's business: the schema may be shared.
 */
public final class ExtraTables {

    private final TaskSpec spec;
    private final NameCase nameCase;
    private final Collection<TableName> tables;

    private ExtraTables(Question question) {
        this.spec = question.spec();
        this.nameCase = spec.structure().nameCase();
        this.tables = question.tables();
    }

    /** Their names and columns alone, whatever else they have. */
    public static List<Definition> of(DatabaseSession source, DatabaseSession target, Question question) {
        if (!ObjectKind.TABLE.among(question.spec().structure().kinds())) {
            return List.of();
        }
        ExtraTables extra = new ExtraTables(question);
        // The target is asked first: what the stream makes of a new table of the source is none of them.
        List<TableName> there =
                target.inTransaction("listing tables", connection -> new Catalog(connection).listTables());
        List<TableName> known =
                source.inTransaction("listing tables", connection -> new Catalog(connection).listTables());
        Set<TableName> names = extra.among(there, known);
        return target.inTransaction(
                "reading tables",
                connection -> new TreeMap<>(new Catalog(connection).findTables(names))
                        .values().stream()
                                // Partitions are compared with the table that they are a part of.
                                .filter(table -> table.kind() != Kind.PARTITION && table.kind() != Kind.FOREIGN)
                                .map(ExtraTables::definition)
                                .toList());
    }

    private Set<TableName> among(List<TableName> there, List<TableName> known) {
        Set<TableName> filled = tables.stream()
                .map(table -> TableMapping.of(spec, table).target())
                .collect(toSet());
        Set<String> schemas = filled.stream().map(TableName::schema).collect(toSet());
        Set<TableName> names = new HashSet<>(there);
        names.removeIf(name -> !schemas.contains(name.schema()) || filled.contains(name) || !isMeant(name));
        // What both sides have is no difference only because the task leaves it out.
        Set<TableName> chosen = Set.copyOf(tables);
        for (TableName left : known) {
            if (!chosen.contains(left)) {
                names.remove(left);
                names.remove(TableMapping.of(spec, left).target());
            }
        }
        return names;
    }

    /** Whether a pattern of the task chooses what would be called so on the target. */
    private boolean isMeant(TableName name) {
        return spec.choices().stream()
                .filter(choice -> !choice.pattern().exact() && choice.targetTable() == null)
                .anyMatch(choice ->
                        there(choice.targetSchema(), choice.pattern()).matches(name) && !isLeftOut(choice, name));
    }

    /** Where the schema has become another one, it is left open of which the pattern speaks. */
    private boolean isLeftOut(TableChoice choice, TableName name) {
        String anySchema = choice.targetSchema() == null ? null : "*";
        return spec.exclude().stream().anyMatch(left -> there(anySchema, left).matches(name));
    }

    /** The pattern with the names of the target. */
    private TablePattern there(@Nullable String schema, TablePattern pattern) {
        return new TablePattern(
                schema != null ? schema : TableMapping.apply(nameCase, pattern.schema()),
                TableMapping.apply(nameCase, pattern.table()));
    }

    private static Definition definition(TableDefinition table) {
        String columns = table.columns().stream()
                .map(column -> Identifier.quote(column.name()) + " " + column.type())
                .collect(joining(", "));
        return new Definition(
                ObjectKind.TABLE.name(),
                List.of(Definitions.beginning(table.name()) + Definitions.plain(" (" + columns + ")")));
    }
}
