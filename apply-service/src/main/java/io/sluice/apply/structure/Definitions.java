package io.sluice.apply.structure;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The structure of source and target in the same words: the statements by which Sluice would make it on the target. What
 * the target cannot have, and what the task leaves out, is in neither.
 */
public final class Definitions {

    private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

    private Definitions() {}

    /**
     * One object.
     *
     * @param kind as in {@code INDEX}
     */
    public record Definition(String kind, List<String> statements) {

        public Definition {
            statements = List.copyOf(statements);
        }

        public String text() {
            return String.join(";\n", statements);
        }
    }

    /**
     * What is asked of both sides.
     *
     * @param quiet triggers and foreign keys of the target do not fire for what Sluice writes
     * @param ended also what is made only when Sluice writes no more
     * @param distributions by which both sides are judged, whatever each has
     */
    public record Question(
            TaskSpec spec,
            Collection<TableName> tables,
            TargetDialect dialect,
            boolean quiet,
            boolean ended,
            Distributions distributions) {

        private Question about(
                TaskSpec otherSpec, Collection<TableName> otherTables, Map<TableName, Distribution> distributed) {
            return new Question(
                    otherSpec, otherTables, dialect, quiet, ended, new Distributions(distributed, List.of()));
        }
    }

    /** With the names that the target has for what the source has. */
    public static List<Definition> ofSource(DatabaseSession source, Question question) {
        return read(source, question);
    }

    public static List<Definition> ofTarget(DatabaseSession target, Question question) {
        TaskSpec spec = question.spec();
        List<TableChoice> choices = new ArrayList<>();
        for (TableChoice choice : spec.choices()) {
            String schema = choice.targetSchema() != null
                    ? choice.targetSchema()
                    : TableMapping.apply(spec.structure().nameCase(), choice.schema());
            if (choice.table().equals("*")) {
                choices.add(TableChoice.unchanged(new TablePattern(schema, "*")));
            }
        }
        Collection<TableMapping> mappings =
                TableMapping.all(spec, question.tables()).values();
        List<TableName> names =
                mappings.stream().map(TableMapping::target).distinct().toList();
        names.forEach(name -> choices.add(TableChoice.unchanged(new TablePattern(name.schema(), name.table()))));
        StructureChoice structure = spec.structure();
        TaskSpec there = new TaskSpec(
                spec.name(),
                spec.mode(),
                spec.source(),
                spec.dialect(),
                spec.target(),
                choices,
                List.of(),
                spec.loadWorkers(),
                spec.retry(),
                null,
                new StructureChoice(structure.enabled(), structure.kinds(), structure.existingTable(), NameCase.SOURCE),
                spec.changes(),
                List.of(),
                spec.loadLimits(),
                spec.changeLimits(),
                null);
        return read(
                target, question.about(there, names, question.distributions().onTarget(mappings)));
    }

    private static List<Definition> read(DatabaseSession session, Question question) {
        return session.inTransaction("reading definitions", connection -> {
            TreeMap<TableName, TableDefinition> found =
                    new TreeMap<>(new Catalog(connection).findTables(question.tables()));
            List<Definition> definitions = new ArrayList<>();
            DialectRules rules = new DialectRules(
                    question.dialect(), question.distributions().wanted());
            for (PlannedObject object : SourceCatalog.read(
                            connection, question.spec(), found, rules, question.quiet(), List.of())
                    .objects()) {
                boolean due = question.ended() || object.stage() != PlannedObject.Stage.END;
                if (object.verdict() == null && due && !leadsNot(object, question.spec(), found)) {
                    definitions.add(new Definition(
                            object.kind().name(),
                            object.statements().stream().map(Definitions::plain).toList()));
                }
            }
            return definitions;
        });
    }

    /** How the statement begins that makes a table: by that it is called. */
    public static String beginning(TableName table) {
        return plain("CREATE TABLE " + Identifier.quote(table));
    }

    /** Mapped names are always in quotes, those that the server writes only where they must be. */
    public static String plain(String statement) {
        StringBuilder plain = new StringBuilder(statement.length());
        for (SqlTokens.Token token : SqlTokens.of(statement)) {
            boolean needless = token.type() == SqlTokens.Type.QUOTED
                    && PLAIN.matcher(token.value()).matches();
            plain.append(needless ? token.value() : token.text());
        }
        return plain.toString();
    }

    /** What goes into one table with others is made from the first of them. */
    private static boolean leadsNot(PlannedObject object, TaskSpec spec, SortedMap<TableName, TableDefinition> tables) {
        TableName table = object.table();
        if (table == null || !tables.containsKey(table)) {
            return false;
        }
        TableName target = TableMapping.of(spec, table).target();
        return tables.keySet().stream()
                .filter(other -> TableMapping.of(spec, other).target().equals(target))
                .findFirst()
                .filter(first -> !first.equals(table))
                .isPresent();
    }
}
