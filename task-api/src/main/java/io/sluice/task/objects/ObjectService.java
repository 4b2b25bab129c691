package io.sluice.task.objects;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.distribution.DistributionFacts;
import io.sluice.postgres.distribution.DistributionProposal;
import io.sluice.task.objects.ObjectQuery.Found;
import io.sluice.task.objects.SourceObject.ColumnFacts;
import io.sluice.task.objects.SourceObject.TableFacts;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the sources of tasks. */
@ApplicationScoped
class ObjectService {

    private final SourceTasks tasks;
    private final SourceSession sessions;

    ObjectService(SourceTasks tasks, SourceSession sessions) {
        this.tasks = tasks;
        this.sessions = sessions;
    }

    /** @throws SluiceException {@code TASK_NOT_FOUND}, or why the source cannot be read */
    Page<SourceObject> page(String id, ObjectQuery query, PageRequest request) {
        TaskSpec spec = tasks.loadSpec(id);
        return sessions.read(id, spec, connection -> {
            Page<Found> page = Page.of(request, query.page(connection, request), Found::key);
            Set<TableName> names = page.items().stream()
                    .filter(found -> found.kind() == ObjectKind.TABLE || found.kind() == ObjectKind.COLUMN)
                    .map(found -> new TableName(found.schema(), found.name()))
                    .collect(Collectors.toSet());
            Map<TableName, TableDefinition> tables =
                    names.isEmpty() ? Map.of() : new Catalog(connection).findTables(names);
            return page.map(found -> describe(found, spec, tables));
        });
    }

    private static SourceObject describe(Found found, TaskSpec spec, Map<TableName, TableDefinition> tables) {
        TableName name = new TableName(found.schema(), found.name());
        boolean part = found.kind().ofTable();
        boolean table = part || found.kind() == ObjectKind.TABLE;
        return new SourceObject(
                found.kind(),
                found.schema(),
                part ? found.part() : found.name(),
                part ? found.name() : null,
                found.kind() == ObjectKind.FUNCTION ? found.part() : null,
                table ? spec.chooses(name) : null,
                found.kind() == ObjectKind.TABLE ? facts(tables.get(name)) : null,
                found.kind() == ObjectKind.COLUMN ? facts(tables.get(name), found.part()) : null);
    }

    /** Null when the table went away meanwhile. */
    private static @Nullable TableFacts facts(@Nullable TableDefinition table) {
        return table == null
                ? null
                : new TableFacts(
                        table.kind(),
                        table.unlogged(),
                        table.rowsEstimated(),
                        table.bytes(),
                        table.primaryKey(),
                        table.replicaIdentity(),
                        table.identityColumns());
    }

    private static @Nullable ColumnFacts facts(@Nullable TableDefinition table, String column) {
        if (table == null) {
            return null;
        }
        return table.columns().stream()
                .filter(one -> one.name().equals(column))
                .findFirst()
                .map(one -> facts(table, one))
                .orElse(null);
    }

    private static ColumnFacts facts(TableDefinition table, ColumnDefinition column) {
        return new ColumnFacts(
                column.type(),
                column.notNull(),
                table.primaryKey().contains(column.name()),
                column.defaultExpression(),
                column.generatedAs());
    }

    /**
     * @param object {@code schema.name} of a table, view, materialized view or sequence
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code NOT_FOUND}, or why the source cannot be read
     */
    Dependencies dependencies(String id, String object) {
        TaskSpec spec = tasks.loadSpec(id);
        return sessions.read(
                id,
                spec,
                connection -> Dependencies.of(connection, object, spec)
                        .orElseThrow(() -> new SluiceException(
                                ErrorCode.NOT_FOUND,
                                "The source has no table, view or sequence " + object
                                        + ". Names are case-sensitive; give" + " schema.name.")));
    }

    /**
     * By the names of tables. All are proposed for each page, since they hang on one another.
     *
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code VALIDATION_FAILED} for the cursor, or why the source cannot be
     *     read
     */
    Page<DistributionProposal> distribution(String id, PageRequest request) {
        TableName after = request.after() == null ? null : table(request.after());
        TaskSpec spec = tasks.loadSpec(id);
        return sessions.read(id, spec, connection -> {
            Catalog catalog = new Catalog(connection);
            List<TableName> chosen = catalog.listTables().stream()
                    .filter(name -> spec.chooses(name))
                    .toList();
            DistributionFacts facts = DistributionFacts.read(connection, catalog.findKeys(chosen));
            List<DistributionProposal> found = DistributionProposal.of(facts).stream()
                    .filter(one -> after == null || name(one).compareTo(after) > 0)
                    .limit(request.fetchSize())
                    .toList();
            return Page.of(request, found, one -> Json.write(name(one)));
        });
    }

    private static TableName name(DistributionProposal proposal) {
        return new TableName(proposal.schema(), proposal.table());
    }

    private static TableName table(String cursor) {
        try {
            TableName name = Json.read(cursor, TableName.class);
            if (name != null) {
                return name;
            }
        } catch (SluiceException e) {
            throw PageRequest.invalidCursor();
        }
        throw PageRequest.invalidCursor();
    }
}
