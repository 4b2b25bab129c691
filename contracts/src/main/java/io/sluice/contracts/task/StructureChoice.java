package io.sluice.contracts.task;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is created on the target.
 *
 * @param enabled false: nothing is; the tables must be there
 * @param kinds sorted; null for all that this version can create
 */
public record StructureChoice(
        boolean enabled, @Nullable List<Kind> kinds, ExistingTable existingTable, NameCase nameCase) {

    public static final StructureChoice DEFAULT = new StructureChoice(true, null, ExistingTable.FAIL, NameCase.SOURCE);

    public StructureChoice {
        kinds = kinds == null ? null : kinds.stream().distinct().sorted().toList();
    }

    /** Kinds of objects. */
    public enum Kind {
        SCHEMA,
        EXTENSION,
        TYPE,
        SEQUENCE,
        TABLE,
        CONSTRAINT,
        INDEX,
        FOREIGN_KEY,
        VIEW,
        MATERIALIZED_VIEW,
        FUNCTION,
        PROCEDURE,
        TRIGGER,
        RULE,
        POLICY,
        COMMENT,
        PRIVILEGE
    }

    /** What becomes of a table that is on the target already. */
    public enum ExistingTable {
        FAIL,
        /** With its rows. */
        KEEP,
        TRUNCATE
    }

    /** How names are written on the target. */
    public enum NameCase {
        SOURCE,
        LOWER,
        UPPER
    }
}
