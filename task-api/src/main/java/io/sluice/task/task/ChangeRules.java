package io.sluice.task.task;

import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.task.endpoint.FieldErrors;
import io.sluice.transform.InvalidExpressionException;
import io.sluice.transform.RowTransform;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules for what is made of structure, changes and rows. */
final class ChangeRules {

    private static final int MAXIMUM_LANES = 64;
    private static final int MAXIMUM_TRANSFORMS = 100;
    private static final int EXPRESSION_LENGTH = 4096;
    /** Two names and the dot. */
    private static final int TABLE_LENGTH = 127;

    private ChangeRules() {}

    static void check(FieldErrors errors, TaskInput input) {
        TaskInput.Structure structure = input.structure();
        if (structure != null) {
            allOf(errors, "structure.kinds", structure.kinds(), StructureChoice.Kind.values());
            TaskRules.oneOf(
                    errors,
                    "structure.existingTable",
                    structure.existingTable(),
                    StructureChoice.ExistingTable.values());
            TaskRules.oneOf(errors, "structure.nameCase", structure.nameCase(), StructureChoice.NameCase.values());
        }
        TaskInput.Changes changes = input.changes();
        if (changes != null) {
            allOf(errors, "changes.operations", changes.operations(), ChangeChoice.Operation.values());
            TaskRules.oneOf(errors, "changes.conflict", changes.conflict(), ChangeChoice.Conflict.values());
            TaskRules.oneOf(errors, "changes.tableError", changes.tableError(), ChangeChoice.TableError.values());
            errors.range("changes.lanes", changes.lanes(), 1, MAXIMUM_LANES);
        }
        if (input.transforms() != null) {
            checkTransforms(errors, input.transforms(), input.changes());
        }
    }

    private static void allOf(
            FieldErrors errors, String field, @Nullable List<@Nullable String> values, Enum<?>[] known) {
        if (values == null) {
            return;
        }
        if (values.isEmpty() || values.size() > known.length) {
            errors.invalid(field, "must be 1 to " + known.length + " names, each once; null is the default.");
            return;
        }
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            TaskRules.oneOf(errors, field + "[" + i + "]", value == null ? "null" : value, known);
        }
    }

    private static void checkTransforms(
            FieldErrors errors, List<TaskInput.@Nullable Transform> transforms, TaskInput.@Nullable Changes changes) {
        if (transforms.size() > MAXIMUM_TRANSFORMS) {
            errors.invalid("transforms", "must be at most " + MAXIMUM_TRANSFORMS + ".");
            return;
        }
        Set<String> tables = new HashSet<>();
        for (int i = 0; i < transforms.size(); i++) {
            String field = "transforms[" + i + "]";
            TaskInput.Transform transform = transforms.get(i);
            if (transform == null) {
                errors.invalid(field, "must be {\"table\": ..., \"expression\": ...}.");
                continue;
            }
            if (errors.text(field + ".table", transform.table(), TABLE_LENGTH)
                    && !isQualified(String.valueOf(transform.table()))) {
                errors.invalid(field + ".table", "must be schema.table, without * and ?.");
            }
            if (!tables.add(String.valueOf(transform.table()))) {
                errors.invalid(field + ".table", "has a transform already; make one expression of them.");
            }
            String expression = transform.expression();
            if (errors.text(
                    field + ".expression",
                    expression == null ? null : expression.replace('\n', ' ').replace('\t', ' '),
                    EXPRESSION_LENGTH)) {
                checkExpression(errors, field + ".expression", String.valueOf(expression), changes);
            }
        }
    }

    private static boolean isQualified(String table) {
        int dot = table.indexOf('.');
        return dot > 0 && dot < table.length() - 1 && table.indexOf('*') < 0 && table.indexOf('?') < 0;
    }

    private static void checkExpression(
            FieldErrors errors, String field, String expression, TaskInput.@Nullable Changes changes) {
        try {
            RowTransform transform = RowTransform.read(expression);
            String conflict = changes == null ? null : changes.conflict();
            if (transform.drops()
                    && transform.choiceDependsOnChange()
                    && conflict != null
                    && !conflict.equals(ChangeChoice.Conflict.OVERWRITE.name())) {
                errors.invalid(
                        field,
                        "leaves rows out by op, before or commitTime, so that it is not known which rows the target has;"
                                + " this needs changes.conflict OVERWRITE.");
            }
        } catch (InvalidExpressionException e) {
            errors.invalid(field, "is not valid at " + e.getMessage());
        }
    }
}
