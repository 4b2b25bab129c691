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
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
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

    static ReverseTask of(TaskSpec spec, List<TableName> tables) {
        if (spec.dialect() != Dialect.POSTGRESQL) {
            return new ReverseTask(null, "Changes of a target of this kind cannot be captured: it is no PostgreSQL.");
        }
        Collection<TableMapping> mappings = TableMapping.all(spec, tables).values();
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
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        String name = spec.name();
        body.put("name", name.substring(0, Math.min(name.length(), LONGEST_NAME - SUFFIX.length())) + SUFFIX);
        body.put("mode", "INCREMENTAL");
        body.set("source", endpoint(spec.target()));
        body.set("target", endpoint(spec.source()).put("dialect", Dialect.POSTGRESQL.label()));
        ArrayNode include = body.putObject("objects").putArray("include");
        mappings.forEach(mapping -> include.add(included(mapping)));
        return new ReverseTask(body, null);
    }

    private static ObjectNode included(TableMapping mapping) {
        ObjectNode choice = JsonNodeFactory.instance.objectNode();
        choice.put("schema", mapping.target().schema());
        choice.put("table", mapping.target().table());
        if (!mapping.source().equals(mapping.target())) {
            choice.put("targetSchema", mapping.source().schema());
            choice.put("targetTable", mapping.source().table());
        }
        if (!mapping.renamed().isEmpty()) {
            ObjectNode rename = choice.putObject("columns").putObject("rename");
            mapping.renamed().forEach((source, target) -> rename.put(target, source));
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
