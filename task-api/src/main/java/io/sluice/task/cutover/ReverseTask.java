package io.sluice.task.cutover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way back: a task from the target to the source, which brings the changes of one to the other from its start on. It
 * is to be created and started before anything writes to the target.
 *
 * @param body as for {@code POST /api/v1/tasks}, without secrets; null when there is no way back
 * @param problem why not; null otherwise
 */
record ReverseTask(@Nullable JsonNode body, @Nullable String problem) {

    private static final int LONGEST_NAME = 50;
    private static final String SUFFIX = "-back";

    /** The columns of the source tell which way its names went, and which must not be left out. */
    static boolean hangsOnColumns(TaskSpec spec, List<TableName> tables) {
        return spec.dialect() == Dialect.POSTGRESQL
                && TableMapping.all(spec, tables).values().stream().anyMatch(mapping -> !mapping.sameColumns());
    }

    /** @param sources the definitions of tables at the source; only where it {@link #hangsOnColumns} */
    static ReverseTask of(CutoverTasks.Subject subject, Map<TableName, TableDefinition> sources) {
        TaskSpec spec = subject.spec();
        if (spec.dialect() != Dialect.POSTGRESQL) {
            return new ReverseTask(null, "Changes of a target of this kind cannot be captured: it is no PostgreSQL.");
        }
        Collection<TableMapping> mappings =
                TableMapping.all(spec, subject.tables()).values();
        Set<TableName> targets = new HashSet<>();
        for (TableMapping mapping : mappings) {
            if (!targets.add(mapping.target())) {
                return new ReverseTask(
                        null,
                        "Several tables go into " + mapping.target() + "; which of them a row came from is not known.");
            }
            if (mapping.transform() != null) {
                return new ReverseTask(
                        null,
                        "Rows of " + mapping.source() + " were changed by a transform; what they were is not known.");
            }
            List<String> required = requiredAndLeftOut(mapping, columns(mapping, sources));
            if (!required.isEmpty()) {
                return new ReverseTask(
                        null,
                        "New rows of " + mapping.target() + " have nothing for columns of " + mapping.source()
                                + " that were left out and must not be null: " + String.join(", ", required)
                                + ". Give them a default at the source, or drop NOT NULL.");
            }
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        String name = spec.name();
        body.put("name", name.substring(0, Math.min(name.length(), LONGEST_NAME - SUFFIX.length())) + SUFFIX);
        body.put("project", subject.project());
        body.put("mode", "INCREMENTAL");
        body.set("source", endpoint(spec.target()));
        body.set("target", endpoint(spec.source()).put("dialect", Dialect.POSTGRESQL.label()));
        ArrayNode include = body.putObject("objects").putArray("include");
        mappings.forEach(mapping -> include.add(included(mapping, columns(mapping, sources))));
        return new ReverseTask(body, null);
    }

    private static List<ColumnDefinition> columns(TableMapping mapping, Map<TableName, TableDefinition> sources) {
        TableDefinition definition = sources.get(mapping.source());
        return definition == null ? List.of() : definition.columns();
    }

    private static List<String> requiredAndLeftOut(TableMapping mapping, List<ColumnDefinition> columns) {
        return columns.stream()
                .filter(column -> !mapping.moves(column.name())
                        && column.notNull()
                        && column.defaultExpression() == null
                        && column.identity() == ColumnDefinition.Identity.NONE
                        && !column.generated())
                .map(ColumnDefinition::name)
                .toList();
    }

    private static ObjectNode included(TableMapping mapping, List<ColumnDefinition> columns) {
        ObjectNode choice = JsonNodeFactory.instance.objectNode();
        choice.put("schema", mapping.target().schema());
        choice.put("table", mapping.target().table());
        if (!mapping.source().equals(mapping.target())) {
            choice.put("targetSchema", mapping.source().schema());
            choice.put("targetTable", mapping.source().table());
        }
        ObjectNode rename = JsonNodeFactory.instance.objectNode();
        for (ColumnDefinition column : columns) {
            String target = mapping.targetColumn(column.name());
            if (mapping.moves(column.name()) && !target.equals(column.name())) {
                rename.put(target, column.name());
            }
        }
        if (!rename.isEmpty()) {
            choice.putObject("columns").set("rename", rename);
        }
        return choice;
    }

    private static ObjectNode endpoint(Endpoint endpoint) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("host", endpoint.host());
        node.put("port", endpoint.port());
        node.put("database", endpoint.database());
        node.put("username", endpoint.username());
        ObjectNode tls = node.putObject("tls");
        tls.put("mode", endpoint.tls().mode().name());
        if (endpoint.tls().caCertificate() != null) {
            tls.put("caCertificate", endpoint.tls().caCertificate());
        }
        return node;
    }
}
