package io.sluice.contracts.task;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The kinds of target that Sluice knows by name. */
public enum Dialect {
    POSTGRESQL("postgresql"),
    CITUS("citus"),
    OPENGAUSS("opengauss"),
    GAUSSDB_DISTRIBUTED("gaussdb-distributed");

    private final String label;

    Dialect(String label) {
        this.label = label;
    }

    @JsonValue
    public String label() {
        return label;
    }

    /** @throws IllegalArgumentException when no dialect has this name */
    @JsonCreator
    public static Dialect of(String label) {
        for (Dialect dialect : values()) {
            if (dialect.label.equals(label)) {
                return dialect;
            }
        }
        throw new IllegalArgumentException("dialect: none is named " + label);
    }
}
