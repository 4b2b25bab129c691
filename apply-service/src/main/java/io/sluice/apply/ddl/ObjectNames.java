package io.sluice.apply.ddl;

import io.sluice.apply.structure.Names;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import java.util.Collection;
import java.util.function.UnaryOperator;

/**
 * What views and types are called on the target, where they go along with their schema.
 *
 * @param schemas the target's schema by the source's
 * @param text a definition with the target's names in it
 * @param query the same of a query; throws {@link io.sluice.apply.structure.RenameException} when a word could mean two things
 */
record ObjectNames(UnaryOperator<String> schemas, UnaryOperator<String> text, UnaryOperator<String> query) {

    /** Everything is called as at the source. */
    static final ObjectNames SAME =
            new ObjectNames(UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());

    static ObjectNames of(TaskSpec spec, Collection<TableMapping> mappings) {
        Names names = new Names(spec, mappings);
        return new ObjectNames(names::targetSchema, names::text, names::query);
    }

    TableName object(String schema, String name) {
        return new TableName(schemas.apply(schema), name);
    }

    String schema(String schema) {
        return schemas.apply(schema);
    }

    String text(String sql) {
        return text.apply(sql);
    }

    String query(String sql) {
        return query.apply(sql);
    }
}
